using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A fact about the path from a fault to the person who is alerted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlertingFactAttribute : FactAttribute
{
    public AlertingFactAttribute() => Skip = Missing;

    internal static string? Missing { get; } = RealServers.Missing ?? Needs.Missing("prometheus", "prometheus-alertmanager") ?? HostsFile.Missing;
}
