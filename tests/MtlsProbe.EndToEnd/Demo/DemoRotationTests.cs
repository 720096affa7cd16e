using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Demo;

/// <summary>The rotation of the demo, at its own pace, as Prometheus would see it.</summary>
public sealed partial class DemoRotationTests
{
    private static readonly string[] s_servers = ["rotation-1", "rotation-2", "rotation-3", "rotation-4"];

    /// <summary>
    /// What the servers do to the next credential and to the retired one, in this order and no other: "1" it gets in, "0" it is refused,
    /// "-" nobody asks. States between two of them may be seen or not.
    /// </summary>
    private static readonly string[] s_states =
    [
        "---- 1111", "0000 1111", "1000 1111", "1100 1111", "1110 1111", "1111 1111", // trust first
        "---- 1111", // promoted
        "---- 0111", "---- 0011", "---- 0001", "---- 0000", // clean-up
    ];

    [Fact]
    public async Task The_rotation_goes_its_way_in_the_metrics_and_the_current_credential_never_fails()
    {
        await using var demo = Mtlsprobe.Start(["demo", "--web.listen-address", "127.0.0.1:0"]);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!demo.StandardOutput.Contains("From here on the log", StringComparison.Ordinal)) await Task.Delay(100, deadline.Token);
        using var http = new HttpClient { BaseAddress = new Uri(Url().Match(demo.StandardOutput).Groups[1].Value) };

        var seen = new List<string>();
        while (!demo.Output.Contains("done: all four accept", StringComparison.Ordinal) || seen[^1] != s_states[^1])
        {
            var metrics = new Harness.MetricsText(await http.GetStringAsync("/metrics", deadline.Token));
            Assert.All(metrics.All("mtlsprobe_success", ("identity", "rollout"), ("slot", "current")), series => Assert.Equal(1, series.Value));
            Assert.Equal(0, metrics.Sum("mtlsprobe_handshake_failures_total", ("identity", "rollout"), ("slot", "current")));
            var state = $"{Next(metrics)} {Retired(metrics)}";
            if (s_states.Contains(state) && (seen.Count == 0 || seen[^1] != state)) seen.Add(state);
            await Task.Delay(300, deadline.Token);
        }

        var at = -1;
        foreach (var state in seen)
        {
            at = Array.IndexOf(s_states, state, at + 1);
            Assert.True(at >= 0, $"{state} out of order in: {string.Join(", ", seen)}");
        }

        Assert.Superset(new HashSet<string> { "0000 1111", "1110 1111", "1111 1111", "---- 1111", "---- 0000" }, seen.ToHashSet());
        Assert.Contains("Credential of rollout promoted", demo.Output, StringComparison.Ordinal);
        await demo.Signal("TERM");
        Assert.Equal(0, await demo.Exit(TimeSpan.FromSeconds(5)));
    }

    private static string Next(Harness.MetricsText metrics) => string.Concat(s_servers.Select(server =>
        Letter(metrics.Value("mtlsprobe_client_certificate_accepted", ("target", server), ("slot", "next")))));

    private static string Retired(Harness.MetricsText metrics) => string.Concat(s_servers.Select(server =>
        Letter(1 - metrics.Value("mtlsprobe_rejection_enforced", ("target", server)))));

    private static string Letter(double? value) => value switch
    {
        1 => "1",
        0 => "0",
        _ => "-",
    };

    [GeneratedRegex(@"(http://\S+)/metrics")]
    private static partial Regex Url();
}
