using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The path of a probe's connection, as text.</summary>
internal static class WayText
{
    /// <summary>Null for a direct connection.</summary>
    public static string? Of(ProbeResult result) => result.Way is not { } way ? null : string.Join("; ", Parts(way));

    /// <summary>A planned path, in a few words.</summary>
    public static string Planned(Way way)
    {
        string?[] parts =
        [
            way.SourceAddress is { } source ? $"from {source}" : null, way.Proxy?.ToString(), way.ProxyProtocol == ProxyHeader.None ? null : $"PROXY {way.ProxyProtocol.Label()}",
        ];
        return string.Join(", ", parts.OfType<string>()) is { Length: > 0 } words ? words : "straight";
    }

    private static IEnumerable<string> Parts(WayFacts way)
    {
        if (way.SourceAddress is { } source) yield return $"from {source}";
        if (way.Proxy is { } proxy) yield return $"through the proxy {proxy}";
        if (way.ProxyProtocol is { } version) yield return way.ProxyHeader is { } header ? $"PROXY header {version}: {header}" : $"PROXY header {version}, which was not sent";
    }
}
