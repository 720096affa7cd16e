using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Revocation;

namespace MtlsProbe.Tests.Probing;

/// <summary>A probe whose trust bundle requires evidence of revocation that is being fetched gives no verdict yet.</summary>
public class SchedulerEvidenceTests
{
    [Fact]
    public async Task A_probe_without_a_verdict_is_repeated_when_the_evidence_has_arrived_and_is_no_skipped_start()
    {
        await using var rig = Rig(interval: 3600);
        await rig.RunFor(TimeSpan.FromSeconds(12));
        Assert.Single(rig.StartsOf("strict"));
        Assert.Equal("other", Assert.Single(rig.Results).Job.Key.Target);

        Come(rig);
        await rig.RunFor(TimeSpan.FromSeconds(1.1));

        Assert.Equal(2, rig.StartsOf("strict").Count);
        Assert.True(Assert.Single(rig.Results, result => result.Job.Key.Target == "strict").Result.Success);
        Assert.Equal((0, 0), (rig.Scheduler.State.Skipped, rig.Scheduler.State.InFlight));
        await rig.RunFor(TimeSpan.FromSeconds(600));
        Assert.Equal(2, rig.StartsOf("strict").Count);
    }

    [Fact]
    public async Task Slow_evidence_is_no_longer_awaited_and_the_known_evidence_decides()
    {
        await using var rig = Rig(interval: 5);
        await rig.RunFor(EvidenceStore.Patience);
        Assert.DoesNotContain(rig.Results, result => result.Job.Key.Target == "strict");

        await rig.RunFor(TimeSpan.FromSeconds(8));

        Assert.Equal("revocation_unknown", Assert.Single(rig.Results, result => result.Job.Key.Target == "strict").Result.Failure!.Reason.Label);
        Assert.Equal(0, rig.Scheduler.State.Skipped);
    }

    [Fact]
    public async Task A_server_with_new_unknown_places_each_time_gets_a_verdict_again_and_again()
    {
        await using var rig = Rig(interval: 5);
        rig.EvidenceIsAwaited = _ => false; // the requested evidence has come, and the next probe requests something else
        await rig.RunFor(TimeSpan.FromMinutes(3));

        var verdicts = rig.Results.Where(result => result.Job.Key.Target == "strict").Select(result => result.Result.At).ToList();
        Assert.True(verdicts.Count >= 5, $"{verdicts.Count}");
        Assert.All(verdicts.Zip(verdicts.Skip(1)), pair => Assert.True(pair.Second - pair.First < EvidenceStore.Patience + TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_requested_probe_waits_for_its_verdict()
    {
        await using var rig = Rig(interval: 3600);
        await rig.RunFor(TimeSpan.FromSeconds(6));
        rig.Result = (job, at) => Jobs.Accepted(job, at);
        await rig.RunFor(TimeSpan.FromSeconds(30));
        rig.Result = Awaiting;
        var asked = rig.Scheduler.RunSoonAsync(job => job.Key.Target == "strict")!;
        await rig.RunFor(TimeSpan.FromSeconds(2));
        Assert.False(asked.IsCompleted);

        Come(rig);
        await rig.RunFor(TimeSpan.FromSeconds(2));

        Assert.True(await asked);
    }

    [Fact]
    public async Task Another_interval_delays_no_probe_that_waits_for_evidence()
    {
        await using var rig = Rig(interval: 3600);
        await rig.RunFor(TimeSpan.FromSeconds(8));
        rig.Apply([Jobs.Job("strict", 1800), Jobs.Job("other", 3600)]);

        Come(rig);
        await rig.RunFor(TimeSpan.FromSeconds(1.1));

        Assert.True(Assert.Single(rig.Results, result => result.Job.Key.Target == "strict").Result.Success);
    }

    [Fact]
    public void No_probe_waits_longer_than_the_limit_however_large_the_fleet_is()
    {
        var (job, now) = (new ScheduledJob(Jobs.Job("strict", 3600)), new DateTimeOffset(2026, 11, 20, 18, 0, 0, TimeSpan.Zero));
        job.Begin(now);
        job.MoveOn(now);
        job.EndWithoutVerdict(TimeSpan.FromSeconds(15), now);
        Assert.Equal(now.AddSeconds(15), job.Due);

        job.PutOff(TimeSpan.FromSeconds(15), job.Due);

        Assert.Equal(now + EvidenceStore.Patience, job.Due);
        Assert.False(job.IsWaitingForEvidence(job.Due));
    }

    /// <summary>A target whose evidence is being fetched, and one that needs none.</summary>
    private static ScheduleRig Rig(double interval) => new([Jobs.Job("strict", interval), Jobs.Job("other", 3600)]) { Result = Awaiting, EvidenceIsAwaited = _ => true };

    private static void Come(ScheduleRig rig) => (rig.EvidenceIsAwaited, rig.Result) = (_ => false, Jobs.Accepted);

    private static ProbeResult Awaiting(ProbeJob job, DateTimeOffset at) => job.Key.Target == "other" ? Jobs.Accepted(job, at) : Jobs.Accepted(job, at) with
    {
        Outcome = Outcome.Failed,
        Success = false,
        Failure = new Failure(Phase.Handshake, Reasons.RevocationUnknown, null, "nobody says"),
        IsAwaitingEvidence = true,
    };
}
