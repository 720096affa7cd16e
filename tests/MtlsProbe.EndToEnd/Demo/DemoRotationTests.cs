namespace MtlsProbe.EndToEnd.Demo;

/// <summary>The rotation of the demo, at its own pace, as Prometheus would see it.</summary>
[Collection(DemoRunTests.Name)]
public sealed class DemoRotationTests(DemoRun run)
{
    /// <summary>What the servers do, in this order. A test can miss states between two of them.</summary>
    private static readonly string[] s_states =
    [
        "---- 1111", "0000 1111", "1000 1111", "1100 1111", "1110 1111", "1111 1111", // trust first
        "---- 1111", // promoted
        "---- 0111", "---- 0011", "---- 0001", DemoRun.LastState, // clean-up
    ];

    [Fact]
    public void The_rotation_follows_its_plan_in_the_metrics()
    {
        List<string> seen = [];
        foreach (var state in run.Moments.Select(moment => moment.State).Where(s_states.Contains))
        {
            if (seen.Count == 0 || seen[^1] != state) seen.Add(state);
        }

        var at = -1;
        foreach (var state in seen)
        {
            at = Array.IndexOf(s_states, state, at + 1);
            Assert.True(at >= 0, $"{state} out of order in: {string.Join(", ", seen)}");
        }

        Assert.Superset(new HashSet<string> { "0000 1111", "1110 1111", "1111 1111", "---- 1111", DemoRun.LastState }, seen.ToHashSet());
        Assert.Contains("Credential of rollout promoted", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_current_credential_never_fails() => Assert.All(run.Moments, moment => Assert.True(moment.CurrentNeverFailed, moment.ToString()));

    [Fact]
    public void The_demo_ends_on_a_signal() => Assert.Equal(0, run.ExitCode);
}
