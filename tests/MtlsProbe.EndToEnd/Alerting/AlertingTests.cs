using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>From a fault at a real server to the person who is alerted: the right alert, and no other.</summary>
[Collection(AlertingRunTests.Name)]
public sealed partial class AlertingTests(AlertingRun run)
{
    private const string DeadMan = "dead-man";
    private const string Watchdog = "MtlsProbeWatchdog";

    /// <summary>Alerts that no fault of this run causes, and why.</summary>
    private static readonly Dictionary<string, string> s_notTold = new()
    {
        [Watchdog] = "has a test of its own",
        ["MtlsProbeExporterTargetsFailing"] = "takes most targets of an exporter, and has its cases for promtool",
        ["MtlsProbeTrustTargetsFailing"] = "takes most targets of a trust bundle, and has its cases for promtool",
        ["MtlsProbeIdentityTargetsFailing"] = "takes most targets of an identity, and has a test of its own",
        ["MtlsProbeAbsent"] = "MtlsProbeDown mutes it, which has a test of its own",
        ["MtlsProbeShardMissing"] = "takes shards, and has a test with them",
        ["MtlsProbeServerIssuerChanged"] = "info: goes to nobody",
        ["MtlsProbeFilesNotFollowed"] = "takes a machine without descriptors or threads",
        ["MtlsProbeInternalError"] = "takes a fault of the program itself",
        ["MtlsProbeUnexpectedAccess"] = "is MtlsProbeForbiddenCredentialAccepted where must_reject is others; promtool has its cases",
        ["MtlsProbeSourceAway"] = "takes a source that is no file, and has its cases for promtool",
        ["MtlsProbeDiscoveryAway"] = "takes a source of targets, and has its cases for promtool",
        ["MtlsProbeClockSkew"] = "takes a server that lives in another time",
        ["MtlsProbeOwnClockSuspected"] = "takes three hosts in another time than ours",
        ["MtlsProbeRenewedNotServed"] = "takes an inventory, and has its cases for promtool",
        ["MtlsProbeStoredCertificateExpiring"] = "takes an inventory, and has its cases for promtool",
        ["MtlsProbeRenewalsLater"] = "compares weeks, and has its cases for promtool",
        ["MtlsProbeEnforcementUnknown"] = "waits for a day, which is 24 minutes here",
        ["MtlsProbeClientCertificateRevoked"] = "looks at the same evidence as the lists do, and has its cases for promtool",
        ["MtlsProbeRevokedCredentialAccepted"] = "waits for an hour, and has its cases for promtool",
        ["MtlsProbeErrorBudgetBurning"] = "looks back for 12 hours, which is 12 minutes here",
    };

    /// <summary>Sent once for each certificate that expires, by several of the cases, and about no target of their own.</summary>
    private Told WhatBreaks => Told.Ticket("BreaksSoon")(run.Instance);

    [AlertingFact]
    public void A_healthy_fleet_and_a_rotation_in_the_right_order_cause_no_alert()
    {
        AssertNone(People(run.Healthy).Select(Line));
        Assert.DoesNotContain(All, delivery => delivery.Alert.Subject.StartsWith(RightRotation.Name, StringComparison.Ordinal) && run.Gone.All(gone => gone != delivery));
    }

    [AlertingFact]
    public void Each_fault_causes_its_alert_and_no_other()
    {
        var told = People(run.Broken).Where(delivery => delivery.Firing).ToLookup(delivery => delivery.What);
        var expected = run.Cases.SelectMany(one => one.Tells).Append(WhatBreaks).ToHashSet();
        var missing = expected.Where(one => !told.Contains(one)).Select(one => $"missing: {one}");
        var unexpected = told.Where(one => !expected.Contains(one.Key)).Select(one => $"unexpected: {one.Key} {one.First().Alert}");
        AssertNone(missing.Concat(unexpected));
    }

    [AlertingFact]
    public void No_alert_resolves_while_its_fault_lasts()
    {
        var passing = run.Cases.Where(one => one.PassesByItself).SelectMany(one => one.Tells).Append(WhatBreaks).ToHashSet(); // some causes pass by themselves
        AssertNone(People(run.Broken).Where(delivery => !delivery.Firing && !passing.Contains(delivery.What)).Select(delivery => $"over: {Line(delivery)}"));
    }

    [AlertingFact]
    public void Each_alert_resolves_once_its_fault_is_repaired_and_no_new_one_fires_then()
    {
        var last = People([.. run.Broken, .. run.Mended]).GroupBy(delivery => (delivery.Receiver, delivery.Alert.Series)).Select(told => told.Last());
        var notOver = last.Where(delivery => delivery.Firing).Select(delivery => $"not over: {Line(delivery)}");
        var before = People(run.Broken).Select(delivery => delivery.What).ToHashSet();
        var unexpected = People(run.Mended).Where(delivery => delivery.Firing && !before.Contains(delivery.What)).Select(delivery => $"new: {Line(delivery)}");
        AssertNone(notOver.Concat(unexpected));
    }

    [AlertingFact]
    public void Redundant_alerts_are_muted_by_the_more_specific_one()
    {
        var expected =
            from one in run.Cases
            from mute in one.Mutes
            select new Inhibition(one.Name, "MtlsProbe" + mute.Muted, "MtlsProbe" + mute.By);
        AssertNone(expected.Except(run.Inhibitions).Select(inhibition => $"not muted: {inhibition}"));
    }

    [AlertingFact]
    public void An_exporter_that_is_gone_causes_an_alert_and_mutes_its_own_last_alerts()
    {
        Assert.Contains(Told.Page("Down")(run.Instance), People(run.Gone).Where(delivery => delivery.Firing).Select(delivery => delivery.What));
        Assert.All(People(run.Gone).Where(delivery => delivery.Firing), delivery => Assert.Equal("MtlsProbeDown", delivery.Alert.Name));
        Assert.Contains(new Inhibition("server-expired", "MtlsProbeServerCertificateExpired", "MtlsProbeDown"), run.Inhibitions);
        Assert.Contains(run.Inhibitions, inhibition => inhibition is { Muted: "MtlsProbeAbsent", By: "MtlsProbeDown" });
    }

    [AlertingFact]
    public void The_dead_mans_switch_is_always_notified_and_no_one_else_gets_the_watchdog()
    {
        Assert.All(All, delivery => Assert.Equal(delivery.Receiver == DeadMan, delivery.Alert.Name == Watchdog));
        Assert.All(
            new[] { run.Healthy, run.Broken, run.Mended, run.Gone },
            phase => Assert.InRange(phase.Count(delivery => delivery.Receiver == DeadMan), 5, int.MaxValue));
    }

    [AlertingFact]
    public void Each_text_names_its_subject_and_an_existing_runbook()
    {
        Assert.All(People(All), delivery =>
        {
            var texts = delivery.Alert.Annotations;
            Assert.Contains(delivery.Alert.Subject, texts["description"], StringComparison.Ordinal);
            Assert.DoesNotContain("<no value>", texts["description"], StringComparison.Ordinal);
            Assert.DoesNotContain("{{", texts["description"], StringComparison.Ordinal);
            Assert.NotEqual("", texts["summary"]);
            Assert.True(File.Exists(Path.Combine(Repository.Root, "docs", "runbooks", Path.GetFileName(texts["runbook_url"]))), texts["runbook_url"]);
            Assert.Equal(delivery.Alert.Name + ".md", Path.GetFileName(texts["runbook_url"]));
        });
    }

    [AlertingFact]
    public void Every_alert_is_caused_by_some_fault_or_there_is_a_reason_why_not()
    {
        var shipped = Directory.GetFiles(Path.Combine(Repository.Root, "alerts"), "*.rules.yml")
            .SelectMany(file => AlertName().Matches(File.ReadAllText(file))).Select(match => match.Groups["name"].Value).Distinct();
        Assert.Equal(
            shipped.Order(StringComparer.Ordinal),
            run.Cases.SelectMany(one => one.Tells).Append(WhatBreaks).Select(told => told.Alert).Concat(s_notTold.Keys).Distinct().Order(StringComparer.Ordinal));
    }

    private IEnumerable<Delivery> All => [.. run.Healthy, .. run.Broken, .. run.Mended, .. run.Gone];

    private static IEnumerable<Delivery> People(IEnumerable<Delivery> deliveries) => deliveries.Where(delivery => delivery.Receiver != DeadMan);

    private static void AssertNone(IEnumerable<string> lines)
    {
        var all = string.Join('\n', lines.Order(StringComparer.Ordinal));
        Assert.True(all.Length == 0, all);
    }

    private static string Line(Delivery delivery) => $"{delivery.What} {delivery.Alert}";

    [GeneratedRegex(@"- alert: (?<name>\S+)")]
    private static partial Regex AlertName();
}
