using MtlsProbe.Demo;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Demo;

/// <summary>The demo's rotation, each step probed from the demo's own configuration.</summary>
public sealed class DemoRotationTests
{
    // The reaction of the four servers, one letter each: to the current credential, the next, and the retired one. "+" accepted, "-" refused, " "
    // does not exist.
    private static readonly string[] s_afterEachStep =
    [
        "++++ ---- ++++", // staged
        "++++ +--- ++++", // trust first
        "++++ ++-- ++++",
        "++++ +++- ++++", // a straggler
        "++++ ++++ ++++", // catches up
        "++++      ++++", // promoted
        "++++      -+++", // clean-up
        "++++      --++",
        "++++      ---+",
        "++++      ----",
        "++++      ----", // done
    ];

    [Fact]
    public async Task Each_step_has_the_announced_effect_and_the_current_credential_never_fails()
    {
        var time = new ManualTime(TestPki.Now);
        await using var stage = await DemoStage.OpenAsync(time);
        using var stop = new CancellationTokenSource();
        var log = new RecordingLogger<DemoRotation>();
        var rotation = new DemoRotation(stage.Rollout, time, log).RunAsync(stop.Token);
        Assert.Equal("++++      ++++", await Seen(stage));

        var now = TimeSpan.Zero;
        var seen = new List<string>();
        foreach (var step in DemoRotation.Steps)
        {
            time.Advance(step.At - now - TimeSpan.FromMilliseconds(1));
            Assert.Empty(log.Take());
            time.Advance(TimeSpan.FromMilliseconds(1));
            now = step.At;
            seen.Add(await Seen(stage));
            Assert.Equal($"Rotation, step {seen.Count} of {DemoRotation.Steps.Count}: {step.Announcement}", Assert.Single(log.Take()).Text);
        }

        Assert.Equal(s_afterEachStep, seen);
        await rotation;
    }

    [Fact]
    public async Task The_old_certificate_is_the_retired_one_and_the_staged_one_is_promoted()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);
        var before = await Serials(stage);
        stage.Rollout.StageNext();
        stage.Rollout.AddAuthority(1);
        var staged = await Serials(stage);
        stage.Rollout.Promote();
        var after = await Serials(stage);

        Assert.Equal([before[0], before[0]], before); // current, retired
        Assert.Equal([before[0], staged[1], before[0]], staged);
        Assert.NotEqual(before[0], staged[1]);
        Assert.Equal([staged[1], before[0]], after);
    }

    [Fact]
    public async Task If_stopped_in_the_middle_it_ends_at_once_and_does_nothing_more()
    {
        var time = new ManualTime(TestPki.Now);
        await using var stage = await DemoStage.OpenAsync(time);
        using var stop = new CancellationTokenSource();
        var log = new RecordingLogger<DemoRotation>();
        var rotation = new DemoRotation(stage.Rollout, time, log).RunAsync(stop.Token);
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(3, log.Take().Count);

        await stop.CancelAsync();
        await rotation;
        time.Advance(TimeSpan.FromMinutes(5));

        Assert.Empty(log.Take());
    }

    [Fact]
    public async Task When_somebody_has_removed_the_directory_it_says_so_and_ends()
    {
        var time = new ManualTime(TestPki.Now);
        await using var stage = await DemoStage.OpenAsync(time);
        var log = new RecordingLogger<DemoRotation>();
        var rotation = new DemoRotation(stage.Rollout, time, log).RunAsync(CancellationToken.None);
        Directory.Delete(stage.Files.Directory, recursive: true);

        time.Advance(TimeSpan.FromMinutes(5));
        await rotation;

        Assert.StartsWith("The rotation stopped", log.Take()[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void It_takes_about_two_minutes_and_each_change_stays_visible_long_enough()
    {
        var times = DemoRotation.Steps.Select(step => step.At).ToList();

        Assert.InRange(times[^1], TimeSpan.FromSeconds(110), TimeSpan.FromSeconds(130));
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First >= DemoFiles.Interval, $"{pair}"));

        // A changed file is in use after at most 6 s (FilePolls.Period), and seen everywhere after one more interval.
        var promotion = DemoRotation.Steps.Single(step => step.Heading?.StartsWith("promotion", StringComparison.Ordinal) == true).At;
        var cleanUp = DemoRotation.Steps.Single(step => step.Heading?.StartsWith("clean-up", StringComparison.Ordinal) == true).At;
        Assert.True(cleanUp - promotion >= TimeSpan.FromSeconds(15));
    }

    private static async Task<string> Seen(DemoStage stage)
    {
        await using var prober = new StageProber(stage);
        var results = await Task.WhenAll(DemoRollout.Servers.Select(prober.ProbeAllAsync));
        return string.Join(' ', Letters(Slot.Current, Expectation.Accept), Letters(Slot.Next, Expectation.Accept), Letters(Slot.Current, Expectation.Reject));

        string Letters(Slot slot, Expectation expect) => string.Concat(results.Select(all => Letter(all.SingleOrDefault(result => (result.Slot, result.Expect) == (slot, expect)))));
    }

    private static char Letter(ProbeResult? result) => result switch
    {
        null => ' ',
        { Outcome: Outcome.Accepted } => '+',
        { Outcome: Outcome.Rejected } => '-',
        _ => '?',
    };

    /// <summary>The credentials that were presented to the first server: current, next if it is staged, retired.</summary>
    private static async Task<List<string>> Serials(DemoStage stage)
    {
        await using var prober = new StageProber(stage);
        return [.. (await prober.ProbeAllAsync(DemoRollout.Servers[0])).Select(result => result.ClientCertificate!.Presented!.Serial)];
    }
}
