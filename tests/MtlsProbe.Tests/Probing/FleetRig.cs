using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Files;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Probing;

/// <summary>A fleet with real files on a clock moved by hand; its probes touch no network.</summary>
internal sealed class FleetRig : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggerFactory _logs;
    private readonly Task _running;
    private readonly string _revocation;

    /// <param name="configuration">The content of the configuration file.</param>
    /// <param name="link">Whether the file is reached through symbolic links, as Kubernetes mounts it.</param>
    /// <param name="credential">Whether the files of the credential exist.</param>
    /// <param name="resolve">Returns the addresses of a name; by default there are none.</param>
    /// <param name="time">A clock that the sources share.</param>
    /// <param name="revocation">More keys of the trust bundle.</param>
    /// <param name="shard">The part of the targets that is probed; null: all.</param>
    /// <param name="sources">Further sources of targets.</param>
    public FleetRig(string configuration, bool link = false, bool credential = true, Func<string, Task<IPAddress[]>>? resolve = null, ManualTime? time = null, string revocation = "", Shard? shard = null, params IReadOnlyList<ITargetSource> sources)
    {
        Time = time ?? new ManualTime();
        _revocation = revocation;
        Resolve = resolve ?? Resolve;
        Files.Write("root.crt", Root.CertificatePem);
        var client = Root.Client("checkout");
        if (credential)
        {
            Files.Write("checkout.crt", client.CertificatePem);
            Files.Write("checkout.key", client.KeyPem);
        }

        ConfigFile = Files.Path("mtlsprobe.yml");
        if (link)
        {
            Files.Write("v1/mtlsprobe.yml", Complete(configuration));
            Directory.CreateSymbolicLink(Files.Path("..data"), "v1");
            File.CreateSymbolicLink(ConfigFile, "..data/mtlsprobe.yml");
        }
        else Write(configuration);

        _logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new RecordingLoggerProvider(Log)));
        var read = ConfigurationFile.Load(ConfigFile, BuiltInProtocols.All);
        Assert.Empty(read.Errors);
        var stack = new ProbeStack(Time, _logs) { Probe = ProbeAsync, Resolve = ResolveAsync };
        Issuers = stack.Issuers!;
        Fleet = new Fleet(stack, ConfigFile, read, new BuildInfo("1.2.3", "abc", "test", "OpenSSL"), shard, sources);
        _running = Fleet.RunAsync(_stop.Token);
    }

    public ManualTime Time { get; }

    public TempFiles Files { get; } = new();

    public string ConfigFile { get; }

    public RecordingLogger Log { get; } = new();

    public Fleet Fleet { get; }

    /// <summary>The issuers that the probes have seen.</summary>
    public IssuersSeen Issuers { get; }

    /// <summary>The anchor of the bundle internal.</summary>
    public TestCertificate Root { get; } = TestPki.Root("Root");

    /// <summary>Makes the result of a probe.</summary>
    public Func<ProbeJob, ProbeResult, ProbeResult> Answer { get; set; } = (_, accepted) => accepted;

    /// <summary>Target and time limit of each probe.</summary>
    public ConcurrentQueue<(string Target, TimeSpan Timeout)> Probes { get; } = [];

    /// <summary>The addresses of a name.</summary>
    public Func<string, Task<IPAddress[]>> Resolve { get; set; } = _ => throw new SocketException((int)SocketError.HostNotFound);

    /// <summary>Awaited by a probe before it ends.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>A configuration of these targets, with everything that they need.</summary>
    public static string Targets(params IEnumerable<string> names) => string.Concat(names.Select(name => $"  - {{ name: {name}, address: '{name}.test:443' }}\n"));

    public void Write(string configuration) => Files.Write("mtlsprobe.yml", Complete(configuration));

    /// <summary>As Kubernetes does it: a new directory, and one link that is replaced. The clock does not move meanwhile.</summary>
    public void Swap(string configuration)
    {
        Files.Write("v2/mtlsprobe.yml", Complete(configuration));
        Directory.Delete(Files.Path("..data")); // only the link
        Directory.CreateSymbolicLink(Files.Path("..data"), "v2");
    }

    public HandshakeState State(string target) => Fleet.Snapshot().Handshakes.Single(state => state.Key.Target == target);

    public long Accepted(string target) => State(target).Outcomes[(int)Outcome.Accepted];

    /// <summary>Lets the first round end.</summary>
    public async Task FirstRound()
    {
        Time.Advance(Scheduler.FirstRound);
        while (!Fleet.Ready) await Task.Yield();
    }

    /// <summary>Lets this much time pass, second by second, until the condition is true; fails if it never is.</summary>
    public async Task Seconds(int seconds, Func<bool> isSo)
    {
        for (var i = 0; i < seconds && !isSo(); i++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            for (var turn = 0; turn < 50 && !isSo(); turn++) await Task.Delay(1); // work started by the timers runs on the thread pool
        }

        for (var turn = 0; turn < 30_000 && !isSo(); turn++) await Task.Delay(1); // a busy machine can take its time for it
        Assert.True(isSo(), $"not within {seconds} s");
    }

    /// <summary>Enough time for the file to be polled twice.</summary>
    public void Poll() => Time.Advance(FilePolls.Period * 3);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Fleet.Dispose();
        _logs.Dispose();
        _stop.Dispose();
        Files.Dispose();
    }

    public Task StopAsync()
    {
        _stop.Cancel();
        return _running;
    }

    private string Complete(string targets) => $$"""
        defaults: { identity: checkout, trust: internal }
        identities:
          checkout:
            current: { certificate: checkout.crt, key: checkout.key }
            next: { directory: next }
        trust:
          internal: { files: [root.crt]{{_revocation}} }
        targets:
        {{targets}}
        """;

    private Task<IPAddress[]> ResolveAsync(string name, CancellationToken stop) => Resolve(name);

    private async Task<ProbeResult> ProbeAsync(ProbeJob job, ProbeRun run, CancellationToken stop)
    {
        Probes.Enqueue((job.Key.Target, run.Time.Timeout));
        await Gate.WaitAsync(stop);
        return Answer(job, Jobs.Accepted(job, Time.GetUtcNow()));
    }
}
