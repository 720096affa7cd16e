using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>The common parts of the answers about one target.</summary>
internal static class TargetAnswer
{
    public const int DefaultLimit = 50;
    public const int MostHandshakes = 100;

    /// <summary>No target has the name in the path, or another shard has it.</summary>
    public static Refusal Unknown(HttpContext context, FleetView view) => new(StatusCodes.Status404NotFound, view.Snapshot.Shard is { Shard: var shard } && Name(context) is { } name && !shard.Owns(name)
        ? string.Create(CultureInfo.InvariantCulture, $"This is shard {shard}, and a target with that name belongs to shard {shard.OwnerOf(name)}/{shard.Count}.")
        : "No target with that name is configured; api/v1/handshakes lists them.");

    /// <summary>The target in the path; null if none is configured with that name.</summary>
    public static Target? Find(HttpContext context, FleetView view) => Name(context) is { } name ? view.Target(name) : null;

    private static string? Name(HttpContext context) => context.Request.RouteValues["name"] as string;
}
