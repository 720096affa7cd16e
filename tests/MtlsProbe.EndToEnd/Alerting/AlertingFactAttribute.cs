using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A fact about alerts on their way from real servers to a webhook.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlertingFactAttribute : FactAttribute
{
    public AlertingFactAttribute() => Skip = Missing;

    internal static string? Missing => RealServers.Missing ?? Needs.Missing("prometheus", "prometheus-alertmanager") ?? HostsFile.Missing;
}

/// <summary>A theory about alerts on their way from real servers to a webhook.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlertingTheoryAttribute : TheoryAttribute
{
    public AlertingTheoryAttribute() => Skip = AlertingFactAttribute.Missing;
}
