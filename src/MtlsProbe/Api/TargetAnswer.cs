using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>What the answers about one target have in common.</summary>
internal static class TargetAnswer
{
    public const int DefaultLimit = 50;
    public const int MostHandshakes = 100;

    public static readonly Refusal Unknown = new(StatusCodes.Status404NotFound, "No target of that name is configured; api/v1/handshakes lists them.");

    /// <summary>The target that the path names; null where none is configured under that name.</summary>
    public static Target? Find(HttpContext context, FleetView view) => context.Request.RouteValues["name"] is string name ? view.Target(name) : null;
}
