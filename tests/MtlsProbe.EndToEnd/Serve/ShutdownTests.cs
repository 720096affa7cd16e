using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>A process that receives a stop signal ends, whatever its probes are waiting for.</summary>
public sealed class ShutdownTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Workspace _workspace = new("shutdown");
    private readonly FaultServer _silent = FaultServer.Start(client => client.Silence());
    private BlackHole _hole = null!;

    public async Task InitializeAsync() => _hole = await BlackHole.Open();

    public async Task DisposeAsync()
    {
        _hole.Dispose();
        await _silent.DisposeAsync();
        _workspace.Dispose();
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task A_signal_ends_a_diagnosis_with_the_exit_code_that_shells_expect(string signal, int code)
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var silent = FaultServer.Start(client =>
        {
            connected.TrySetResult();
            return client.Silence();
        });
        await using var probe = Mtlsprobe.Start(["probe", $"127.0.0.1:{silent.Port}", "--timeout", "60s"]);
        await connected.Task;

        await probe.Signal(signal);

        Assert.Equal(code, await probe.Exit(Limit));
    }

    [Fact]
    public async Task A_watch_reports_changes_and_continues_until_it_is_interrupted()
    {
        var talks = false;
        await using var server = FaultServer.Start(client => talks ? client.Send("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()) : client.Close());
        await using var watch = Mtlsprobe.Start(["probe", $"127.0.0.1:{server.Port}", "--watch", "--interval", "200ms", "--timeout", "2s"]);
        await watch.Says("✘ FAILED");

        talks = true;

        await watch.Says("not_tls  127.0.0.1:");
        await watch.Signal("INT");
        Assert.Equal(130, await watch.Exit(Limit));
    }

    [Fact]
    public async Task A_full_disk_for_its_output_is_reported_in_a_sentence()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "mtlsprobe.dll");
        await using var shell = ChildProcess.Start("shell", "sh", ["-c", "exec dotnet \"$0\" --help > /dev/full", program]);

        Assert.Equal(3, await shell.Exit(TimeSpan.FromSeconds(60)));
        Assert.StartsWith("mtlsprobe: the output could not be written: ", shell.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", shell.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_in_time_while_its_files_and_its_configuration_hang()
    {
        var files = new PkiFiles(_workspace, TestPki.Shared);
        var key = files.ClientKey("good");
        var file = new ConfigFile(files, [new("silent", _silent.Port)]) { Interval = "60s", Timeout = "60s" }.WriteTo(_workspace);
        await using var exporter = await Exporter.Start(file);
        await exporter.Until(m => m.Value("mtlsprobe_identity_loaded", ("identity", "good")) == 1, "the credential");
        foreach (var path in (string[])[key, file])
        {
            File.Delete(path);
            using var mkfifo = System.Diagnostics.Process.Start("mkfifo", [path]);
            await mkfifo.WaitForExitAsync();
        }

        await exporter.Until(m => m.Value("mtlsprobe_identity_loaded", ("identity", "good")) == 0, "a report that the key gives no answer");
        await exporter.Process.Signal("TERM");

        Assert.Equal(0, await exporter.Process.Exit(Limit));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_it_within_five_seconds_during_probes(string signal)
    {
        var files = new PkiFiles(_workspace, TestPki.Shared);
        TargetEntry[] targets = [new("hole", _hole.Port), new("silent", _silent.Port), new("name", 443) { Host = "no-such-host.invalid" }];
        await using var exporter = await Exporter.Start(new ConfigFile(files, targets) { Interval = "60s", Timeout = "60s" }.WriteTo(_workspace));
        await exporter.Until(m => m.Value("mtlsprobe_probes_in_flight") >= 2, "probes in flight");

        await exporter.Process.Signal(signal);

        Assert.Equal(0, await exporter.Process.Exit(Limit));
    }
}
