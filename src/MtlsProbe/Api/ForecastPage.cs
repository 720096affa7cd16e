using System.Collections.Frozen;
using MtlsProbe.Forecast;
using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>One page of what will break, in the order of time.</summary>
/// <param name="Total">Causes that pass the filter.</param>
/// <param name="Handshakes">Those of the targets and identities that are asked for.</param>
internal sealed record ForecastPage(
    DateTimeOffset Now, string Instance, DateTimeOffset Until, bool Clear, string Summary, ForecastCounts Handshakes, int Total, int Page, int Limit, IReadOnlyList<ForecastCause> Causes)
{
    public static ForecastPage Of(FleetView view, string instance, TimeSpan within, ForecastFilter filter, Paging paging)
    {
        var report = view.Forecast(within, filter);
        var chosen = report.Causes.Where(filter.Passes).ToList();
        return new ForecastPage(
            report.Now, instance, report.Until, report.Clear, report.Summary, report.Handshakes, chosen.Count, paging.Page, paging.Limit, [.. paging.Of(chosen)]);
    }
}

/// <summary>Which part of the fleet is asked about, and which causes; empty: all.</summary>
internal sealed record ForecastFilter(FrozenSet<EndCause> Causes, FrozenSet<string> Targets, FrozenSet<string> Identities)
{
    public bool Passes(HandshakeKey handshake) =>
        (Targets.Count == 0 || Targets.Contains(handshake.Target)) && (Identities.Count == 0 || Identities.Contains(handshake.Identity));

    public bool Passes(ForecastCause cause) => Causes.Count == 0 || Causes.Contains(cause.Cause);
}
