using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The way that a probe took, in words.</summary>
internal static class WayText
{
    /// <summary>Null for the straight way.</summary>
    public static string? Of(ProbeResult result) => result.Way is not { } way ? null : string.Join("; ", Parts(way));

    private static IEnumerable<string> Parts(WayFacts way)
    {
        if (way.SourceAddress is { } source) yield return $"from {source}";
        if (way.Proxy is { } proxy) yield return $"through the proxy {proxy}";
        if (way.ProxyProtocol is { } version) yield return way.ProxyHeader is { } header ? $"PROXY header {version}: {header}" : $"PROXY header {version}, which was not sent";
    }
}
