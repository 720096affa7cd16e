using System.Collections.Frozen;
using MtlsProbe.Forecast;
using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>One page of what will fail, in the order of time.</summary>
/// <param name="Total">Causes that pass the filter.</param>
/// <param name="Handshakes">The handshakes of the selected targets and identities.</param>
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

/// <summary>Selects a part of the fleet, and causes; empty: all.</summary>
internal sealed record ForecastFilter(FrozenSet<EndCause> Causes, FrozenSet<string> Targets, FrozenSet<string> Identities)
{
    public bool Passes(HandshakeKey handshake) =>
        (Targets.Count == 0 || Targets.Contains(handshake.Target)) && (Identities.Count == 0 || Identities.Contains(handshake.Identity));

    public bool Passes(ForecastCause cause) => Causes.Count == 0 || Causes.Contains(cause.Cause);
}
