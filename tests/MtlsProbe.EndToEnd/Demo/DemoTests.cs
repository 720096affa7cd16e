using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Demo;

/// <summary>The demo as a new user meets it.</summary>
public sealed partial class DemoTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_demo_keeps_every_promise_of_its_table_and_leaves_nothing_behind()
    {
        await using var demo = Mtlsprobe.Start(["demo", "--web.listen-address", "127.0.0.1:0"]);
        var guide = await Guide(demo);
        var directory = Directory().Match(guide).Value;
        var keys = System.IO.Directory.GetFiles(directory, "*.key").SelectMany(File.ReadAllLines).Where(line => !line.StartsWith('-')).ToList();
        using var http = new HttpClient { BaseAddress = new Uri(Url().Match(guide).Groups[1].Value) };
        await Ready(http);

        using var json = JsonDocument.Parse(await http.GetStringAsync("/api/v1/targets"));
        var results = json.RootElement.EnumerateArray().Where(record => record.GetProperty("slot").GetString() == "current")
            .GroupBy(record => record.GetProperty("target").GetString()!, record => (Text(record, "expect"), Text(record, "identity"), new ProbeRecord(record)))
            .ToDictionary(records => records.Key, records => string.Join("; ", records.OrderBy(record => record.Item1)
                .Where(record => records.Key != "lets-in-others" || record.Item1 == "accept" || record.Item3.Outcome != "rejected") // for that target, the row says who is accepted
                .Select((record, i) => Verdict(record.Item1, record.Item2, record.Item3, isOwn: i == 0))));
        var rows = Row().Matches(guide).ToDictionary(row => row.Groups["target"].Value, row => row.Groups["verdict"].Value);
        Assert.True(rows.Count >= 47, guide);
        Assert.Equal(rows, results);

        var metrics = new Harness.MetricsText(await http.GetStringAsync("/metrics"));
        Assert.Equal(0, metrics.Value("mtlsprobe_client_certificate_requested", ("target", "not-enforcing")));
        Assert.Equal(1, metrics.Value("mtlsprobe_client_certificate_requested", ("target", "healthy")));
        Assert.Equal(0, metrics.Value("mtlsprobe_rejection_enforced", ("target", "not-enforcing"), ("identity", "none")));
        Assert.Equal(1, metrics.Value("mtlsprobe_rejection_enforced", ("target", "healthy-tls12"), ("identity", "none")));
        Assert.Equal(0, metrics.Value("mtlsprobe_server_certificate_expected", ("target", "served-is-not-issued")));
        Assert.Equal(0, metrics.Value("mtlsprobe_stored_certificate_served", ("inventory", "demo"), ("subject", "CN=served-is-not-issued.demo.test, O=MtlsProbe demo")));

        var commands = Command().Matches(guide).Select(line => line.Groups[1].Value).ToList();
        Assert.Equal(4, commands.Count);
        Assert.Contains("REJECTED  refuses-unknown-ca", await Paste(commands[0], exitCode: 1), StringComparison.Ordinal);
        Assert.Contains("rollout", await Paste(commands[1], exitCode: null), StringComparison.Ordinal); // the answer depends on the progress of the rotation
        Assert.Contains("ACCEPTED  127.0.0.1:", await Paste(commands[2], exitCode: 0), StringComparison.Ordinal);
        Assert.Contains("ACCEPTED  127.0.0.1:", await Paste(commands[3], exitCode: 0), StringComparison.Ordinal);
        Assert.Contains("id_mismatch", await Paste(commands[3].Replace("spiffe://demo.test/payments", "spiffe://demo.test/checkout", StringComparison.Ordinal), exitCode: 1), StringComparison.Ordinal);

        await demo.Signal("TERM");
        Assert.Equal(0, await demo.Exit(TimeSpan.FromSeconds(5)));
        Assert.False(System.IO.Directory.Exists(directory));
        Assert.DoesNotContain(keys, key => demo.Output.Contains(key, StringComparison.Ordinal));
        Assert.DoesNotContain(demo.Output.Split('\n').Select(line => line.Split(' ').ElementAtOrDefault(1)), level => level is "error" or "warn"); // the intended faults do not scroll the guide away
    }

    [Fact]
    public async Task Without_a_directory_to_write_to_the_demo_says_so()
    {
        await using var demo = Mtlsprobe.Start(["demo", "--web.listen-address", "127.0.0.1:0"], new Dictionary<string, string> { ["TMPDIR"] = "/proc/nowhere" });

        Assert.Equal(2, await demo.Exit(Patience));
        Assert.StartsWith("mtlsprobe: the demo needs a temporary directory", demo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task If_the_path_is_not_usable_for_a_socket_the_demo_says_so_and_leaves_nothing_behind()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory(new string('d', 100));
        try
        {
            await using var demo = Mtlsprobe.Start(["demo", "--web.listen-address", "127.0.0.1:0"], new Dictionary<string, string> { ["TMPDIR"] = directory.FullName });

            Assert.Equal(2, await demo.Exit(Patience));
            Assert.Contains("agent.sock has a path of more than 107 bytes, which no socket can have\n  hint: TMPDIR names another", demo.Output, StringComparison.Ordinal);
            Assert.Empty(directory.GetFileSystemInfos());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<string> Guide(ChildProcess demo)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!demo.StandardOutput.Contains("The log follows", StringComparison.Ordinal)) await Task.Delay(50, deadline.Token);
        return demo.StandardOutput;
    }

    private static async Task Ready(HttpClient http)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while ((await http.GetAsync("/-/ready", deadline.Token)).StatusCode != HttpStatusCode.OK) await Task.Delay(50, deadline.Token);
    }

    private static string Text(JsonElement record, string name) => record.GetProperty(name).GetString()!;

    /// <summary>A result in the words of the table.</summary>
    private static string Verdict(string expect, string identity, ProbeRecord result, bool isOwn) =>
        expect == "reject" || !isOwn ? $"{identity}: {result.Reason ?? result.Outcome}" :
        result.Outcome + (result.Reason is { } reason ? $": {reason}" : "") + (result.Alert is { } alert ? $" (alert {alert})" : "");

    private static async Task<string> Paste(string command, int? exitCode)
    {
        await using var shell = ChildProcess.Start("shell", "sh", ["-c", command]);
        var code = await shell.Exit(Patience);
        Assert.True(exitCode is null || code == exitCode, $"exit {code}:\n{shell.Output}");
        return shell.Output;
    }

    [GeneratedRegex(@"(http://\S+)/metrics")]
    private static partial Regex Url();

    [GeneratedRegex(@"\S+/mtlsprobe-demo-[^/ ]+(?= and are deleted)")]
    private static partial Regex Directory();

    [GeneratedRegex(@"^(?<target>[a-z]\S+) +\d+  \S.*  (?<verdict>(accepted|rejected|failed)[^\r\n]*)", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^  (.* (?:probe|preflight) .*)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
