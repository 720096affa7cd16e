using System.IO.Pipelines;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using ExpositionFormat = MtlsProbe.Metrics.ExpositionFormat;

namespace MtlsProbe.Tests.Metrics;

/// <summary>What a scrape of many targets costs others: it yields to them, and does no work twice.</summary>
public sealed class LargeFleetTests
{
    [Fact]
    public void A_scrape_gives_its_thread_back_again_and_again()
    {
        var snapshot = Samples.Snapshot([.. Enumerable.Range(0, 300).Select(i => Samples.Target($"t{i}")).Select(target => Samples.State(target, Samples.Accepted(target)))]);
        using var text = new MemoryStream();
        var turns = new Turns();

        turns.Run(() => Exposition.WriteAsync(snapshot, new ProberMetrics().Registry, ExpositionFormat.Text, PipeWriter.Create(text), CancellationToken.None));

        Assert.InRange(turns.Count, text.Length / (64 * 1024), text.Length / 1024);
        Assert.True(text.Length > 500_000);
    }

    [Fact]
    public void Labels_are_made_once_for_the_same_targets_whatever_their_results()
    {
        var targets = Enumerable.Range(0, 3).Select(i => Samples.Target($"t{i}", new Label("team", "a"))).ToArray();
        var states = targets.Select(target => Samples.State(target, Samples.Accepted(target))).ToArray();
        var before = Samples.Snapshot(states);
        var labels = SeriesLabels.Of(before);

        var later = before with { Handshakes = [.. states.Select(state => state with { Last = Samples.Refused(state.Target) })], Servers = [.. before.Servers.Select(server => server with { Accepted = ["checkout"] })] };
        Assert.Same(labels, SeriesLabels.Of(later, labels));

        var relabelled = targets[1] with { Labels = [new Label("team", "b")] };
        var changed = later with { Handshakes = [later.Handshakes[0], later.Handshakes[1] with { Target = relabelled }, later.Handshakes[2]] };
        Assert.NotSame(labels, SeriesLabels.Of(changed, labels));
        Assert.NotSame(labels, SeriesLabels.Of(later with { Handshakes = [later.Handshakes[0]] }, labels));
        Assert.NotSame(labels, SeriesLabels.Of(later with { Targets = [targets[0], relabelled, targets[2]] }, labels));
        Assert.NotSame(labels, SeriesLabels.Of(later with { Servers = [] }, labels));
        Assert.NotSame(labels, SeriesLabels.Of(later with { Credentials = [] }, labels));
    }

    /// <summary>One thread, with a queue of work.</summary>
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Work, object? State)> _waiting = [];

        public int Count { get; private set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (_waiting) _waiting.Enqueue((d, state));
        }

        public void Run(Func<Task> work)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                var running = work();
                while (Next() is { } next)
                {
                    Count++;
                    next.Work(next.State);
                }

                running.ConfigureAwait(false).GetAwaiter().GetResult();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }

        private (SendOrPostCallback Work, object? State)? Next()
        {
            lock (_waiting) return _waiting.TryDequeue(out var next) ? next : null;
        }
    }
}
