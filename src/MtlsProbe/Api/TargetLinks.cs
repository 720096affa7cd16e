using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>Links from a target to other tools; null if none is configured.</summary>
/// <param name="Prometheus">The graph of its handshakes.</param>
/// <param name="Grafana">The dashboard of a service.</param>
internal sealed record TargetLinks(string? Prometheus, string? Grafana)
{
    public static TargetLinks Of(WebLinks links, string target) => new(
        links.Prometheus is { } prometheus ? $"{prometheus}/graph?g0.expr={Uri.EscapeDataString($"mtlsprobe_success{{target={Quoted(target)}}}")}&g0.tab=0&g0.range_input=1d" : null,
        links.Grafana is { } grafana ? $"{grafana}/d/mtlsprobe-service?var-service={Uri.EscapeDataString(target)}" : null);

    /// <summary>As a PromQL string.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\');
            quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
