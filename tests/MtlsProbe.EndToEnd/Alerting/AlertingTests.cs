using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>
/// From fault to page: real servers go wrong, the exporter tells, a real Prometheus with the shipped rules decides, a real Alertmanager
/// with the shipped example routes and mutes, and a webhook gets the right alert and no other, until the fault is mended.
/// </summary>
[Collection(AloneTests.Name)]
public sealed class AlertingTests(AlertingRun run) : IClassFixture<AlertingRun>
{
    private static readonly Dictionary<string, string> s_receivers = new() { ["critical"] = "page", ["warning"] = "ticket" };

    public static TheoryData<string> Names => Cases.All.Select(@case => @case.Name).ToRows();

    [AlertingFact]
    public void A_healthy_fleet_and_a_right_rotation_send_nothing()
    {
        AssertNone(run.Healthy.Deliveries);
        AssertNone(run.Healthy.Firing);
    }

    [AlertingTheory]
    [MemberData(nameof(Names))]
    public void A_fault_sends_its_alert_and_nothing_else(string name)
    {
        var @case = Case(name);
        var deliveries = run.Broken.Deliveries.Where(delivery => @case.Concerns(delivery.Alert)).ToList();

        AssertSame(@case.Alerts, deliveries);
        foreach (var delivery in deliveries)
        {
            Assert.True(delivery.Firing, $"has come and gone:\n{string.Join('\n', deliveries)}");
            Assert.Equal(s_receivers[delivery.Alert.Severity], delivery.Receiver);
            AssertNames(@case, delivery.Alert);
        }

        // And what has not been sent fires only if it is muted, or on dashboards.
        foreach (var alert in run.Broken.Firing.Where(@case.Concerns))
            Assert.True(alert.InhibitedBy.Count > 0 != @case.Alerts.Contains(NameOf(alert)) || alert.Severity == "info", alert.ToString());
    }

    [AlertingTheory]
    [MemberData(nameof(Names))]
    public void A_fault_that_is_mended_is_resolved_and_sends_nothing_else(string name)
    {
        var @case = Case(name);
        var deliveries = run.Mended.Deliveries.Skip(run.Broken.Deliveries.Count).Where(delivery => @case.Concerns(delivery.Alert)).ToList();

        AssertSame(@case.Alerts, deliveries);
        Assert.All(deliveries.GroupBy(delivery => delivery.Alert.Fingerprint), alert => Assert.False(alert.Last().Firing, alert.Last().ToString()));
        AssertNone(run.Mended.Firing.Where(alert => @case.Concerns(alert) && alert.Severity != "info"));
    }

    [AlertingFact]
    public void No_alert_comes_of_what_was_in_order() =>
        AssertNone(run.Mended.Deliveries.Where(delivery => !Cases.All.Any(@case => @case.Concerns(delivery.Alert))));

    [AlertingTheory]
    [InlineData("lapsed", "MtlsProbeCredentialRefused critical", "MtlsProbeClientCertificateExpired critical")]
    [InlineData("early", "MtlsProbeCredentialRefused critical", "MtlsProbeClientCertificateNotYetValid critical")]
    [InlineData("aged", "MtlsProbeClientCertificateExpiring warning", "MtlsProbeClientCertificateExpiring critical")]
    [InlineData("expiring-today", "MtlsProbeServerCertificateExpiring warning", "MtlsProbeServerCertificateExpiring critical")]
    [InlineData("expired", "MtlsProbeErrorBudgetBurningFast critical", "MtlsProbeServerCertificateExpired critical")]
    public void What_another_alert_says_already_is_muted(string name, string muted, string by)
    {
        var firing = run.Broken.Firing.Where(Case(name).Concerns).ToList();
        var alert = Assert.Single(firing, alert => NameOf(alert) == muted);
        Assert.Contains(Assert.Single(firing, alert => NameOf(alert) == by).Fingerprint, alert.InhibitedBy);
    }

    [AlertingFact]
    public void An_exporter_that_is_down_mutes_what_it_said_last_and_one_that_is_gone_is_absent()
    {
        var down = Assert.Single(run.Lonely.WhileDown, alert => LonelyExporter.Is(alert, "MtlsProbeDown"));
        foreach (var alert in run.Lonely.WhileDown.Where(LonelyExporter.Concerns).Where(alert => alert != down)) Assert.Equal([down.Fingerprint], alert.InhibitedBy);
        Assert.Equal([down.Fingerprint], Assert.Single(run.Lonely.WhileUnknown, alert => LonelyExporter.Is(alert, "MtlsProbeAbsent")).InhibitedBy);

        var deliveries = run.Deliveries.Where(delivery => LonelyExporter.Concerns(delivery.Alert)).ToList();
        Assert.Equal(
            ["MtlsProbeCredentialFilesBroken warning", "MtlsProbeDown critical", "MtlsProbeAbsent critical"],
            deliveries.Where(delivery => delivery.Firing).Select(delivery => NameOf(delivery.Alert)).Distinct());
        Assert.Contains(LonelyExporter.Name, down.Annotations["description"], StringComparison.Ordinal);
    }

    [AlertingFact]
    public void The_watchdog_comes_all_the_time_and_goes_to_the_dead_mans_switch_alone()
    {
        Assert.True(0 < run.Healthy.Watchdogs && run.Healthy.Watchdogs < run.Broken.Watchdogs && run.Broken.Watchdogs < run.Mended.Watchdogs);
        Assert.All(run.Deliveries, delivery => Assert.Equal(delivery.Alert.Name == ShippedAlerts.Watchdog, delivery.Receiver == "dead-man"));
    }

    /// <summary>What it is about stands in its labels and its text, and what to do at the end of its link.</summary>
    private static void AssertNames(Case @case, Alert alert)
    {
        var description = alert.Annotations["description"];
        Assert.Matches(Word((alert["target"] ?? alert["identity"] ?? alert["trust"] ?? alert["instance"])!), description);
        if (@case is TargetCase && alert["target"] is not null) Assert.Equal(AlertingFleet.Team, alert["team"]);
        if (alert.Name.StartsWith("MtlsProbeClientCertificate", StringComparison.Ordinal)) Assert.Matches(Word(@case.Name), description); // who uses it
        Assert.DoesNotContain("<", description, StringComparison.Ordinal); // as in <no value>, or <error expanding template>
        Assert.Matches(@"^[A-Z].+\.$", alert.Annotations["summary"]);
        Assert.EndsWith($"/docs/runbooks/{alert.Name}.md", alert.Annotations["runbook_url"], StringComparison.Ordinal);
    }

    private static Case Case(string name) => Cases.All.Single(@case => @case.Name == name);

    private static string NameOf(Alert alert) => $"{alert.Name} {alert.Severity}";

    private static string Word(string name) => $"(?<![\\w-]){Regex.Escape(name)}(?![\\w-])";

    private static void AssertSame(IReadOnlyList<string> alerts, IReadOnlyList<Delivery> deliveries) =>
        Assert.True(
            alerts.Order().SequenceEqual(deliveries.Select(delivery => NameOf(delivery.Alert)).Distinct().Order()),
            $"expected: {string.Join(", ", alerts)}\nbut there were:\n{string.Join('\n', deliveries)}");

    private static void AssertNone<T>(IEnumerable<T> none) => Assert.True(!none.Any(), string.Join('\n', none));
}
