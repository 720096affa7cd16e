using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>The dashboards of <c>grafana/dashboards</c>.</summary>
internal static class ShippedDashboards
{
    public static IReadOnlyList<Dashboard> All { get; } = Dashboard.In(Path.Combine(Repository.Root, "grafana", "dashboards"));

    public static Dashboard Named(string name) => All.Single(dashboard => dashboard.Name == name);
}
