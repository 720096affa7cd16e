using MtlsProbe.Loops;

namespace MtlsProbe.Discovery;

/// <summary>Looks at regular intervals at a place that does not announce changes.</summary>
internal static class Polling
{
    /// <summary>The first wait after a failure, and the shortest wait of all.</summary>
    private static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a server can ask for, if it exceeds the refresh interval.</summary>
    private static readonly TimeSpan s_longestRest = TimeSpan.FromMinutes(10);

    /// <param name="look">Returns what was found, and when to look again, if the place determines that.</param>
    /// <param name="refresh">
    /// Between two looks, shortened at random by up to half, so that several exporters do not look at the same time. After a failure the wait is
    /// shorter, and doubles with each further failure.
    /// </param>
    public static async Task RunAsync(
        Func<CancellationToken, Task<(TargetsFound Found, TimeSpan? Again)>> look, TimeSpan refresh, Action<TargetsFound> report, FinderFaults faults, CancellationToken stop)
    {
        await Task.Yield();
        var backoff = new Backoff(Shorter(s_leastPause, refresh), refresh);
        while (!stop.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                var (found, again) = await look(stop).ConfigureAwait(false);
                report(found);
                if (found.Fault is null) backoff.Reset();
                pause = found.Fault is null ? Backoff.Jittered(again ?? refresh) : Longer(backoff.Next(), again ?? TimeSpan.Zero);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) // also if there is no memory, because there may be next time
            {
                faults.Add(fault);
                pause = backoff.Next();
                Report(TargetsFound.Failed(FinderFaults.Words(fault)));
            }

            pause = Longer(Shorter(pause, Longer(s_longestRest, refresh)), s_leastPause);
            await Task.Delay(pause, faults.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // A second error must not end the source.
        void Report(TargetsFound found)
        {
            try
            {
                report(found);
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
