using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A fact about the way from a fault to whoever is told.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlertingFactAttribute : FactAttribute
{
    public AlertingFactAttribute() => Skip = Missing;

    internal static string? Missing { get; } = RealServers.Missing ?? Needs.Missing("prometheus", "prometheus-alertmanager") ?? HostsFile.Missing;
}
