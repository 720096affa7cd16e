using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Values;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// How long it takes until the replacement of one target of many is planned, scheduled and shown. The fleet runs, but no handshake is made.
/// </summary>
internal sealed class PlanChangeCost : IBenchmark
{
    private const int Targets = 10_000;

    private const int WarmUp = 100;

    private const int Changes = 200;

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var file = ProbeServer.Configuration(workshop, workshop.Pki(KeyKind.Ecdsa), 1, "1h", "10s", _ => "127.0.0.1:443");
        var read = ConfigurationFile.Load(file, BuiltInProtocols.All);
        var model = (read.Configuration ?? throw new BenchmarkException("the configuration is not accepted")).Targets[0];
        var source = new Replacing([.. Enumerable.Range(0, Targets).Select(i => model with { Name = $"of-source-{i}", Address = HostPort.TryParse($"{Nginx.Address(i)}:443")! })]);
        using var logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(new Discarding()));
        var stack = new ProbeStack(TimeProvider.System, logs) { Probe = AcceptAsync, Resolve = (_, _) => Task.FromResult<IPAddress[]>([]) };
        using var fleet = new Fleet(stack, file, read, new BuildInfo("", "", "", ""), sources: [source]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = fleet.RunAsync(stop.Token);
        while (!fleet.Ready) await Task.Delay(100, cancellation).ConfigureAwait(false);

        List<double> times = [], megabytes = [];
        for (var i = 0; i < WarmUp + Changes; i++)
        {
            var (start, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
            source.ReplaceOne(i);
            if (i < WarmUp) continue;
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            megabytes.Add((GC.GetTotalAllocatedBytes() - allocated) / 1e6);
        }

        if (fleet.Snapshot().Targets.Count(target => target.Name.StartsWith("replaced", StringComparison.Ordinal)) != WarmUp + Changes)
            throw new BenchmarkException("the changes are not in effect");
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        var table = new Table("10,000 targets, one replaced", "ms, median", "ms, worst", "MB allocated");
        table.Add("a change of the plan", Table.Number(Table.Median(times), "0.0"), Table.Number(times.Max(), "0.0"), Table.Number(Table.Median(megabytes), "0.00"));
        table.Print("A change of the plan");
    }

    private static Task<ProbeResult> AcceptAsync(ProbeJob job, ProbeRun run, CancellationToken stop) => Task.FromResult(new ProbeResult
    {
        Target = job.Key.Target,
        Address = job.Key.Address,
        Identity = job.Key.Identity,
        Slot = job.Key.Slot,
        Expect = job.Key.Expect,
        At = TimeProvider.System.GetUtcNow(),
        Outcome = Outcome.Accepted,
        Success = true,
        Timings = new Timings { Total = 0 },
    });

    /// <summary>A source that replaces one of its targets on demand.</summary>
    private sealed class Replacing(ValueList<Target> targets) : ITargetSource
    {
        private Action _changed = () => { };

        public TargetSet Current { get; private set; } = new TargetSet("benchmark").Found(targets, TimeProvider.System.GetUtcNow());

        public Task RunAsync(Action changed, CancellationToken stop)
        {
            _changed = changed;
            return Task.CompletedTask;
        }

        public void ReplaceOne(int number)
        {
            var next = Current.Targets.ToArray();
            ref var target = ref next[number * 31 % Targets];
            target = target with { Name = $"replaced-{number}" };
            Current = Current.Found(next.ToValueList(), TimeProvider.System.GetUtcNow());
            _changed();
        }
    }

    /// <summary>Formats every line, and discards it.</summary>
    private sealed class Discarding : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            formatter(state, exception);

        public void Dispose()
        {
            // Holds nothing.
        }
    }
}
