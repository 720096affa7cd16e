using System.Net;
using Microsoft.Extensions.Logging;
using MtlsProbe.Feed;
using MtlsProbe.Files;
using MtlsProbe.Hostile;
using MtlsProbe.Model;
using MtlsProbe.Discovery;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class FleetTests
{
    [Fact]
    public async Task The_reason_for_an_incomplete_chain_is_not_final_before_every_server_has_been_seen_once()
    {
        await using var fleet = new FleetRig(FleetRig.Targets("one", "two", "three"));
        var leaf = TestPki.Root("Foreign").Leaf("a.test").Certificate;
        fleet.Answer = (_, accepted) => accepted with
        {
            ServerCertificates = [leaf],
            Chain = new ChainVerdict { Faults = [new ChainFault(Reasons.UntrustedIssuer, null, "") { StopsAt = leaf }] },
        };
        IReadOnlyList<ServerFacts> Facts() => [.. fleet.Fleet.Snapshot().Servers.Select(server => server.Facts).OfType<ServerFacts>()];
        for (var step = 0; step < 50 && Facts().Count == 0; step++)
        {
            fleet.Time.Advance(TimeSpan.FromMilliseconds(100));
            for (var turn = 0; turn < 50 && Facts().Count == 0; turn++) await Task.Delay(1);
        }

        if (!fleet.Fleet.Ready) Assert.All(Facts(), facts => Assert.Null(facts.Chain));
        await fleet.FirstRound();
        Assert.Equal(3, Facts().Count);
        Assert.All(Facts(), facts => Assert.Equal([Reasons.UntrustedIssuer], facts.Chain!.Errors));
    }

    [Fact]
    public async Task A_chain_that_stopped_at_an_unknown_issuer_is_judged_again_when_another_server_presents_it()
    {
        await using var fleet = new FleetRig(FleetRig.Targets("bare", "whole"));
        var issuing = fleet.Root.Intermediate("Issuing");
        var leaf = issuing.Leaf("bare.test").Certificate;
        var isWhole = false;
        fleet.Answer = (job, accepted) =>
        {
            if (job.Key.Target == "whole" && isWhole) fleet.Issuers.Learn("whole", [leaf, issuing.Certificate]);
            var known = fleet.Issuers.KnowsIssuerOf(leaf, TestPki.Trust(fleet.Root));
            return job.Key.Target == "bare"
                ? accepted with { Chain = new ChainVerdict { Faults = [new ChainFault(known ? Reasons.IncompleteChain : Reasons.UntrustedIssuer, null, "") { StopsAt = known ? null : leaf }] } }
                : accepted;
        };
        await fleet.FirstRound();
        Assert.Equal([Reasons.UntrustedIssuer], fleet.State("bare").Last!.Chain!.Errors);

        isWhole = true;
        _ = fleet.Fleet.RunSoonAsync("whole");
        await fleet.Seconds(4, () => fleet.State("bare").Last!.Chain!.Errors[0] == Reasons.IncompleteChain);
        Assert.Equal(2, fleet.Probes.Count(probe => probe.Target == "bare"));
    }

    [Fact]
    public async Task The_fleet_is_ready_after_the_first_round_and_not_before()
    {
        var gate = new TaskCompletionSource();
        await using var rig = new FleetRig(FleetRig.Targets("a", "b")) { Gate = gate.Task };
        rig.Time.Advance(Scheduler.FirstRound);
        while (rig.Probes.Count < 2) await Task.Yield();
        Assert.False(rig.Fleet.Ready);
        gate.SetResult();
        while (!rig.Fleet.Ready) await Task.Yield();
        Assert.Equal(TimeSpan.FromSeconds(5), rig.Probes.First().Timeout);
    }

    [Fact]
    public async Task A_probe_that_uses_up_a_timeout_as_long_as_the_interval_ends_before_it_is_due_again()
    {
        await using var rig = new FleetRig("  - { name: a, address: 'a.test:443', interval: 2s, timeout: 2s }\n");
        await rig.FirstRound();
        Assert.InRange(rig.Probes.First().Timeout, TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(1.95));
    }

    [Fact]
    public async Task A_snapshot_has_everything_that_a_scrape_needs()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "b"));
        await rig.FirstRound();
        var snapshot = rig.Fleet.Snapshot();

        Assert.Equal(["a", "b"], snapshot.Targets.Select(target => target.Name));
        Assert.Equal(["a", "b"], snapshot.Handshakes.Select(state => state.Key.Target));
        Assert.All(snapshot.Handshakes, state => Assert.Equal(Outcome.Accepted, state.Last!.Outcome));
        var credential = Assert.Single(snapshot.Credentials);
        Assert.Equal(("checkout", true), (credential.Identity, credential.Usable));
        Assert.Equal(2, rig.Fleet.OwnMetrics.HandshakeDurations.Count);
        Assert.Equal(2, rig.Fleet.OwnMetrics.ScheduleLag.Count);
        Assert.True(snapshot.Reload.LastSuccessful);
        Assert.Equal("1.2.3", snapshot.Build.Version);
    }

    [Fact]
    public async Task Credentials_that_cannot_be_loaded_do_not_prevent_the_start_of_the_fleet()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"), credential: false);
        await rig.FirstRound();
        Assert.False(Assert.Single(rig.Fleet.Snapshot().Credentials).Usable);
    }

    [Fact]
    public async Task A_changed_file_is_loaded_by_itself_and_does_not_affect_unchanged_targets()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "gone"));
        await rig.FirstRound();
        rig.Log.Take();
        rig.Write(FleetRig.Targets("new", "a"));
        rig.Poll();

        Assert.Equal(["new", "a"], rig.Fleet.Snapshot().Targets.Select(target => target.Name));
        Assert.Equal(["new", "a"], rig.Fleet.Snapshot().Handshakes.Select(state => state.Key.Target));
        Assert.Equal(1, rig.Accepted("a"));
        Assert.True(rig.Fleet.Ready);
        var line = Assert.Single(rig.Log.TakeShown(), line => line.Text.Contains("reloaded", StringComparison.Ordinal));
        Assert.Equal(("new", "gone", "none"), (line.Fields["Added"], line.Fields["Removed"], line.Fields["Changed"]));

        rig.Time.Advance(Scheduler.FirstRound);
        while (rig.Accepted("new") == 0) await Task.Yield();
    }

    [Fact]
    public async Task A_swap_of_links_is_a_change()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"), link: true);
        rig.Swap(FleetRig.Targets("a", "b"));
        rig.Poll();
        Assert.Equal(["a", "b"], rig.Fleet.Configuration.Targets.Select(target => target.Name));
    }

    [Fact]
    public async Task The_same_content_written_again_is_no_reload()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"));
        var before = rig.Fleet.Snapshot().Reload;
        rig.Write(FleetRig.Targets("a"));
        rig.Poll();
        Assert.Equal(before, rig.Fleet.Snapshot().Reload);
        Assert.DoesNotContain(rig.Log.Take(), line => line.Text.Contains("reloaded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_still_being_written_is_not_loaded()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "b"));
        rig.Write(FleetRig.Targets("a")); // valid so far, but not yet as intended
        rig.Time.Advance(FilePolls.Period);
        rig.Write(FleetRig.Targets("a", "b", "c"));
        rig.Poll();
        Assert.Equal(["a", "b", "c"], rig.Fleet.Configuration.Targets.Select(target => target.Name));
        var line = Assert.Single(rig.Log.Take(), line => line.Text.Contains("reloaded", StringComparison.Ordinal));
        Assert.Equal("none", line.Fields["Removed"]);
    }

    [Fact]
    public async Task A_bad_file_changes_nothing_reports_all_mistakes_once_and_a_good_one_recovers()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "b"));
        await rig.FirstRound();
        var before = rig.Fleet.Snapshot();
        rig.Log.Take();
        rig.Write("  - { name: a, address: nonsense, protocol: tls, colour: red }\n");
        rig.Poll();
        rig.Poll();

        var after = rig.Fleet.Snapshot();
        Assert.Equal(before.Targets, after.Targets);
        Assert.Equal(before.Handshakes, after.Handshakes);
        Assert.Equal(before.Reload with { LastSuccessful = false }, after.Reload with { Errors = [], Since = null });
        Assert.Equal(2, after.Reload.Errors.Count);
        var errors = rig.Log.TakeShown().Where(line => line.Level == LogLevel.Error).ToList();
        Assert.Single(errors, line => line.Text.Contains("nonsense", StringComparison.Ordinal));
        Assert.Single(errors, line => line.Text.Contains("colour", StringComparison.Ordinal));
        Assert.Single(errors, line => line.Text.Contains("has errors and was not loaded (2)", StringComparison.Ordinal));
        Assert.All(errors, line => Assert.DoesNotContain(line.Text, char.IsControl));

        rig.Write(FleetRig.Targets("a", "b", "c"));
        rig.Poll();
        Assert.True(rig.Fleet.Snapshot().Reload.LastSuccessful);
        Assert.True(rig.Fleet.Snapshot().Reload.LastSuccess > before.Reload.LastSuccess);
    }

    [Fact]
    public async Task A_reload_on_demand_returns_the_errors_of_a_bad_file_and_the_watch_does_not_repeat_them()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"));
        rig.Write("  - { name: a, address: nonsense, protocol: tls }\n");
        var refused = await rig.Fleet.ReloadAsync();
        Assert.False(refused.Success);
        Assert.Contains("nonsense", Assert.Single(refused.Errors).ToString(), StringComparison.Ordinal);

        rig.Log.Take();
        rig.Poll();
        Assert.DoesNotContain(rig.Log.TakeShown(), line => line.Level == LogLevel.Error);

        rig.Write(FleetRig.Targets("a"));
        Assert.Equal(new ReloadOutcome(true, []), await rig.Fleet.ReloadAsync());
    }

    [Fact]
    public async Task A_missing_file_changes_nothing()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"));
        File.Delete(rig.ConfigFile);
        rig.Poll();
        Assert.False(rig.Fleet.Snapshot().Reload.LastSuccessful);
        Assert.Equal("a", Assert.Single(rig.Fleet.Configuration.Targets).Name);
    }

    [Fact]
    public async Task Reloads_run_one_after_the_other_and_waiting_requests_share_one()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"));
        rig.Write(FleetRig.Targets("a", "b"));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(rig.Fleet.ReloadAsync)));
        Assert.All(outcomes, outcome => Assert.True(outcome.Success));
        var lines = rig.Log.Take().Where(line => line.Text.Contains("reloaded", StringComparison.Ordinal)).ToList();
        Assert.InRange(lines.Count, 1, 8);
        Assert.Single(lines, line => (string?)line.Fields["Added"] == "b");
    }

    [Fact]
    public async Task A_probe_on_demand_returns_its_result_only_to_the_caller()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"));
        await rig.FirstRound();
        rig.Probes.Clear();
        var result = await rig.Fleet.ProbeNowAsync(rig.Fleet.Configuration.Targets[0], TimeSpan.FromSeconds(1.5), CancellationToken.None);
        Assert.Equal(Outcome.Accepted, Assert.Single(result.All).Last?.Outcome);
        Assert.Equal(("a", TimeSpan.FromSeconds(1.5)), Assert.Single(rig.Probes));
        Assert.Equal(1, rig.Accepted("a"));
    }

    [Fact]
    public async Task A_probe_on_demand_is_repeated_when_the_awaited_evidence_has_arrived()
    {
        using var lists = new ListServer();
        var come = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lists.Answer = _ => async (stream, stop) =>
        {
            await come.Task.WaitAsync(stop);
            await ListServer.Status("404 Not Found")(stream, stop);
        };
        await using var rig = new FleetRig(FleetRig.Targets("a"), revocation: $", revocation: {{ crl: ['{lists.Url("/a.crl")}'], when_unknown: reject }}");
        await rig.FirstRound();
        while (lists.Requests.IsEmpty) await Task.Yield();
        rig.Probes.Clear();
        var answers = 0;
        rig.Answer = (_, accepted) => Interlocked.Increment(ref answers) > 1 ? accepted : accepted with { Outcome = Outcome.Failed, Success = false, IsAwaitingEvidence = true };
        var asked = rig.Fleet.ProbeNowAsync(rig.Fleet.Configuration.Targets[0], TimeSpan.FromSeconds(1.5), CancellationToken.None);
        while (!asked.IsCompleted && !(rig.Time.UntilNextTimer <= TimeSpan.FromMilliseconds(100))) await Task.Yield(); // it waits, and checks again soon
        Assert.False(asked.IsCompleted);
        come.SetResult();
        while (!asked.IsCompleted)
        {
            if (rig.Fleet.Snapshot().RevocationLists[0].Problem!.Contains("404", StringComparison.Ordinal)) rig.Time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Delay(1);
        }

        Assert.Equal(Outcome.Accepted, Assert.Single((await asked).All).Last?.Outcome);
        Assert.Equal(2, rig.Probes.Count);
    }

    [Fact]
    public async Task The_findings_of_the_first_round_are_no_changes()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "b"));
        rig.Answer = (_, accepted) => accepted with { Outcome = Outcome.Failed, Success = false };
        await rig.FirstRound();
        Assert.DoesNotContain(rig.Fleet.Events.All, one => one.Topic == EventTopic.State);
    }

    [Fact]
    public async Task A_flood_of_probes_on_demand_is_limited()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a"));
        await rig.FirstRound();
        rig.Probes.Clear();
        var gate = new TaskCompletionSource();
        rig.Gate = gate.Task;
        var flood = Enumerable.Range(0, 400)
            .Select(_ => rig.Fleet.ProbeNowAsync(rig.Fleet.Configuration.Targets[0], TimeSpan.FromSeconds(1), CancellationToken.None)).ToList();
        while (rig.Probes.Count < 256) await Task.Yield();
        for (var i = 0; i < 1000; i++) await Task.Yield(); // time for more to come, if they could
        Assert.Equal(256, rig.Probes.Count);
        gate.SetResult();
        await Task.WhenAll(flood);
        Assert.Equal(400, rig.Probes.Count);
    }

    [Fact]
    public async Task Stop_ends_the_fleet_and_cancels_running_probes()
    {
        await using var rig = new FleetRig(FleetRig.Targets("a", "b")) { Gate = new TaskCompletionSource().Task };
        rig.Time.Advance(Scheduler.FirstRound);
        while (rig.Probes.Count < 2) await Task.Yield();
        await rig.StopAsync();
        Assert.Equal(0, rig.Fleet.Snapshot().Scheduler.InFlight);
        Assert.Equal(0, rig.Accepted("a"));
    }

    [Fact]
    public async Task A_staged_credential_is_probed_within_ten_seconds_and_no_longer_when_it_is_gone()
    {
        await using var rig = new FleetRig("  - { name: a, address: 'a.test:443', interval: 1h }\n");
        await rig.FirstRound();
        Assert.DoesNotContain(rig.Fleet.Snapshot().Handshakes, state => state.Key.Slot == Slot.Next);

        var next = TestPki.Root("Root").Client("checkout");
        rig.Files.Write("next/tls.crt", next.CertificatePem);
        rig.Files.Write("next/tls.key", next.KeyPem);
        await rig.Seconds(10, () => Next(rig)?.Last is not null);

        Directory.Delete(rig.Files.Path("next"), recursive: true);
        await rig.Seconds(10, () => Next(rig) is null);
        Assert.Equal(1, rig.Fleet.Snapshot().Handshakes.Single().Outcomes[(int)Outcome.Accepted]);
    }

    [Fact]
    public async Task A_promotion_is_probed_within_ten_seconds_and_the_counters_continue()
    {
        await using var rig = new FleetRig("  - { name: a, address: 'a.test:443', interval: 1h }\n");
        var next = TestPki.Root("Root").Client("checkout");
        rig.Files.Write("next/tls.crt", next.CertificatePem);
        rig.Files.Write("next/tls.key", next.KeyPem);
        await rig.FirstRound();
        await rig.Seconds(10, () => Next(rig)?.Last is not null);
        var probes = rig.Probes.Count;

        rig.Files.Write("checkout.crt", next.CertificatePem);
        rig.Files.Write("checkout.key", next.KeyPem);
        await rig.Seconds(10, () => rig.Fleet.Snapshot().Handshakes.Single(state => state.Key.Slot == Slot.Current).Outcomes[(int)Outcome.Accepted] == 2);
        Assert.Equal(probes + 1, rig.Probes.Count);
        Assert.Single(rig.Log.Take(), line => line.Text.Contains("promoted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_address_of_a_name_has_its_series_until_it_is_gone()
    {
        var addresses = new[] { "10.0.0.1", "10.0.0.2" };
        await using var rig = new FleetRig("  - { name: a, address: 'a.test:443', addresses: all, must_reject: [none] }\n", resolve: _ => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));
        await rig.Seconds(30, () => rig.Fleet.Ready);
        Assert.Equal(["10.0.0.1:443", "10.0.0.2:443"], rig.Fleet.Snapshot().Servers.Select(server => server.Key.Address));
        Assert.Equal(4, rig.Fleet.Snapshot().Handshakes.Count);

        addresses = ["10.0.0.2", "10.0.0.3"];
        await rig.Seconds(31, () => rig.Fleet.Snapshot().Servers.Select(server => server.Key.Address).SequenceEqual(["10.0.0.2:443", "10.0.0.3:443"]));
        Assert.NotNull(rig.Fleet.Snapshot().Handshakes.First(state => state.Key.Address == "10.0.0.2:443").Last);
    }

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_does_not_delay_readiness_and_is_probed_as_such()
    {
        await using var rig = new FleetRig("  - { name: a, address: 'a.test:443', addresses: all }\n");
        await rig.Seconds(30, () => rig.Fleet.Ready);
        Assert.Equal("a.test:443", Assert.Single(rig.Fleet.Snapshot().Handshakes).Key.Address);
    }

    [Fact]
    public async Task A_reload_that_names_other_files_is_probed_within_ten_seconds()
    {
        const string targets = "  - { name: a, address: 'a.test:443', interval: 1h }\n";
        await using var rig = new FleetRig(targets);
        await rig.FirstRound();
        var other = TestPki.Root("Root").Client("checkout");
        rig.Files.Write("other.crt", other.CertificatePem);
        rig.Files.Write("other.key", other.KeyPem);
        File.WriteAllText(rig.ConfigFile, File.ReadAllText(rig.ConfigFile).Replace("checkout.crt, key: checkout.key", "other.crt, key: other.key", StringComparison.Ordinal));
        Assert.True((await rig.Fleet.ReloadAsync()).Success);
        await rig.Seconds(10, () => rig.Accepted("a") == 2);
    }

    [Fact]
    public async Task A_reload_that_names_other_files_changes_what_the_jobs_that_stay_present()
    {
        await using var rig = new FleetRig("  - { name: a, address: 'a.test:443', interval: 1h }\n");
        string? presented = null;
        rig.Answer = (job, accepted) =>
        {
            presented = job.Credential.Now.Credential?.Leaf.Serial;
            return accepted;
        };
        await rig.FirstRound();
        var other = TestPki.Root("Root").Client("checkout");
        Assert.NotNull(presented);
        Assert.NotEqual(other.Certificate.Serial, presented);
        rig.Files.Write("other.crt", other.CertificatePem);
        rig.Files.Write("other.key", other.KeyPem);
        File.WriteAllText(rig.ConfigFile, File.ReadAllText(rig.ConfigFile).Replace("checkout.crt, key: checkout.key", "other.crt, key: other.key", StringComparison.Ordinal));
        Assert.True((await rig.Fleet.ReloadAsync()).Success);
        await rig.Seconds(10, () => rig.Accepted("a") == 2);
        Assert.Equal(other.Certificate.Serial, presented);
    }

    private static HandshakeState? Next(FleetRig rig) => rig.Fleet.Snapshot().Handshakes.SingleOrDefault(state => state.Key.Slot == Slot.Next);
}
