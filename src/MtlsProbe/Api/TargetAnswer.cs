using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>What the answers about one target have in common.</summary>
internal static class TargetAnswer
{
    public const int DefaultLimit = 50;
    public const int MostHandshakes = 100;

    /// <summary>No target has the name in the path, or another shard has it.</summary>
    public static Refusal Unknown(HttpContext context, FleetView view) => new(StatusCodes.Status404NotFound, view.Snapshot.Shard is { Shard: var shard } && Name(context) is { } name && !shard.Owns(name)
        ? string.Create(CultureInfo.InvariantCulture, $"This is shard {shard}, and a target of that name belongs to shard {shard.OwnerOf(name)}/{shard.Count}.")
        : "No target of that name is configured; api/v1/handshakes lists them.");

    /// <summary>The target that the path names; null where none is configured under that name.</summary>
    public static Target? Find(HttpContext context, FleetView view) => Name(context) is { } name ? view.Target(name) : null;

    private static string? Name(HttpContext context) => context.Request.RouteValues["name"] as string;
}
