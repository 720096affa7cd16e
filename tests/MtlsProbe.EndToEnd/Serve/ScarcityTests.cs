using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A moment without file descriptors or threads ends nothing for good: changes made during it take effect after it.</summary>
public sealed class ScarcityTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly Workspace _workspace = new("scarcity");
    private readonly Issued _old = TestPki.Shared.NewClient("old");
    private readonly Issued _new = TestPki.Shared.NewClient("new");

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("--nofile=3:")]
    [InlineData("--nproc=1:")]
    public async Task A_change_during_scarcity_is_applied_afterwards(string limit)
    {
        WritePair(_old);
        var file = Configure("first");
        await using var exporter = await Start(file);
        await exporter.Until(m => Serial(m) == _old.Serial, "the first credential", s_patience);

        await Limit(exporter, limit);
        await Told(exporter, "tried again", "Too many open files");
        WritePair(_new);
        Configure("second");
        await Limit(exporter, limit.Split('=')[0] + "=" + Hard(exporter, limit) + ":");

        var after = await exporter.Until(m => Serial(m) == _new.Serial && m.All("mtlsprobe_target_info", ("target", "second")).Count == 1, "the changes", s_patience);
        Assert.Equal(1, after.Value("mtlsprobe_identity_loaded", ("identity", "rotating"), ("slot", "current")));
        Assert.Equal(1, after.Value("mtlsprobe_config_last_reload_successful"));
        await exporter.Until(m => m.All("mtlsprobe_background_last_turn_timestamp_seconds").All(IsFresh), "turns of all loops", s_patience);
    }

    [Fact]
    public async Task A_pipe_in_place_of_the_configuration_or_a_key_is_reported_and_its_successor_is_read()
    {
        WritePair(_old);
        var file = Configure("first");
        await using var exporter = await Start(file);
        await exporter.Until(m => Serial(m) == _old.Serial, "the first credential", s_patience);

        await Pipe(file);
        await Pipe(_workspace.PathOf("tls.key"));
        await exporter.Until(
            m => m.Value("mtlsprobe_config_last_reload_successful") == 0 && m.Value("mtlsprobe_identity_loaded", ("identity", "rotating"), ("slot", "current")) == 0,
            "both being told", s_patience);

        File.Delete(file);
        File.Delete(_workspace.PathOf("tls.key"));
        WritePair(_new);
        Configure("second");
        await exporter.Until(m => Serial(m) == _new.Serial && m.All("mtlsprobe_target_info", ("target", "second")).Count == 1, "the changes", s_patience);
    }

    private static bool IsFresh(Series turn) => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - turn.Value < 30;

    private static string? Serial(MetricsText metrics) =>
        metrics.All("mtlsprobe_client_certificate_info", ("identity", "rotating"), ("position", "leaf")).SingleOrDefault()?.Labels["serial"];

    /// <summary>As a user other than root, to whom the limit of threads applies.</summary>
    private static async Task<Exporter> Start(string file)
    {
        var exporter = await Exporter.StartAsNobody(file);
        await exporter.Ready();
        return exporter;
    }

    private static async Task Limit(Exporter exporter, string limit)
    {
        IReadOnlyList<string> command = [.. Mtlsprobe.Nobody, Needs.Find("prlimit"), "--pid", exporter.Process.Id.ToString(CultureInfo.InvariantCulture), limit];
        await using var prlimit = ChildProcess.Start("prlimit", command[0], command.Skip(1));
        Assert.True(await prlimit.Exit(s_patience) == 0, prlimit.Output);
    }

    /// <summary>The hard limit, to which the soft one is raised again.</summary>
    private static string Hard(Exporter exporter, string limit)
    {
        var name = limit.StartsWith("--nofile", StringComparison.Ordinal) ? "Max open files" : "Max processes";
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{exporter.Process.Id}/limits")).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
    }

    /// <param name="words">One of these.</param>
    private static async Task Told(Exporter exporter, params string[] words)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        while (!Array.Exists(words, word => exporter.Process.Output.Contains(word, StringComparison.Ordinal)))
        {
            if (deadline.IsCancellationRequested) throw new TimeoutException($"not logged: {string.Join(" or ", words)}\n{exporter.Process.Output}");
            await Task.Delay(50);
        }
    }

    private static async Task Pipe(string path)
    {
        File.Delete(path);
        await using var mkfifo = ChildProcess.Start("mkfifo", "mkfifo", [path]);
        Assert.Equal(0, await mkfifo.Exit(s_patience));
    }

    private void WritePair(Issued client)
    {
        _workspace.Write("tls.crt", client.ChainPem);
        _workspace.Write("tls.key", client.KeyPem);
    }

    private string Configure(string target) => _workspace.Write("mtlsprobe.yml", $$"""
        defaults: { interval: 60s }
        identities:
          rotating: { current: { certificate: tls.crt, key: tls.key } }
        targets:
          - { name: {{target}}, address: "127.0.0.1:1", identity: rotating }

        """);
}
