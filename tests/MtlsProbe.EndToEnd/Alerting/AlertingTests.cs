using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>
/// From fault to page: real servers go wrong, the exporter tells, a real Prometheus with the shipped rules decides, a real Alertmanager
/// with the shipped example routes and mutes, and a webhook gets the right alert and no other, until the fault is mended.
/// </summary>
[Collection(AloneTests.Name)]
public sealed partial class AlertingTests(AlertingRun run) : IClassFixture<AlertingRun>
{
    public static TheoryData<string> Names => Cases.All.Select(@case => @case.Name).ToRows();

    [AlertingFact]
    public void A_healthy_fleet_and_a_right_rotation_send_nothing()
    {
        Assert.Empty(run.Healthy.Deliveries.Select(delivery => delivery.Alert.ToString()));
        Assert.Empty(run.Healthy.Firing.Where(alert => alert.Name != ShippedAlerts.Watchdog).Select(alert => alert.ToString()));
    }

    [AlertingTheory]
    [MemberData(nameof(Names))]
    public void A_fault_sends_its_alert_and_nothing_else(string name)
    {
        var @case = Cases.All.Single(@case => @case.Name == name);

        var arrived = run.Broken.Deliveries.Where(delivery => delivery.Firing && @case.Concerns(delivery.Alert)).Select(delivery => delivery.Alert).ToList();

        Assert.Equal(@case.Alerts, arrived.Select(alert => $"{alert.Name} {alert.Severity}").Distinct());
        Assert.DoesNotContain(run.Broken.Deliveries, delivery => !delivery.Firing && @case.Concerns(delivery.Alert));
        foreach (var alert in arrived) AssertNames(@case, alert);
    }

    [AlertingTheory]
    [MemberData(nameof(Names))]
    public void A_fault_that_is_mended_is_resolved_and_sends_nothing_else(string name)
    {
        var @case = Cases.All.Single(@case => @case.Name == name);

        var after = run.Mended.Deliveries.Skip(run.Broken.Deliveries.Count).Where(delivery => @case.Concerns(delivery.Alert)).ToList();

        Assert.Equal(@case.Alerts, after.Select(delivery => $"{delivery.Alert.Name} {delivery.Alert.Severity}").Distinct());
        Assert.All(after.GroupBy(delivery => delivery.Alert.Fingerprint), deliveries => Assert.False(deliveries.Last().Firing));
        Assert.Empty(run.Mended.Firing.Where(@case.Concerns).Select(alert => alert.ToString()));
    }

    [AlertingFact]
    public void No_alert_comes_that_is_about_nothing_that_was_broken() =>
        Assert.Empty(run.Mended.Deliveries.Where(delivery => !Cases.All.Any(@case => @case.Concerns(delivery.Alert))).Select(delivery => delivery.ToString()).Distinct());

    /// <summary>What it is about stands in its labels and its text, and what to do at the end of its link.</summary>
    private static void AssertNames(Case @case, Alert alert)
    {
        var description = alert.Annotations["description"];
        foreach (var label in (string[])["target", "identity", "trust"])
        {
            if (alert[label] is { } value and not "none") Assert.Matches(Word(value), description);
        }

        if (@case is TargetCase && alert["target"] is not null) Assert.Equal(AlertingFleet.Team, alert["team"]);
        Assert.EndsWith($"/docs/runbooks/{alert.Name}.md", alert.Annotations["runbook_url"], StringComparison.Ordinal);
        Assert.Matches(@"^[A-Z].+\.$", alert.Annotations["summary"]);
        if (alert.Name.StartsWith("MtlsProbeClientCertificate", StringComparison.Ordinal)) Assert.Matches(Word(@case.Name), description);
        Assert.DoesNotContain("<no value>", description, StringComparison.Ordinal);
        Assert.DoesNotContain("error ", description[..Math.Min(6, description.Length)], StringComparison.Ordinal);
    }

    private static string Word(string name) => $"(?<![\\w-]){Regex.Escape(name)}(?![\\w-])";
}
