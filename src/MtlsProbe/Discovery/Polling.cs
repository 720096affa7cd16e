using MtlsProbe.Loops;

namespace MtlsProbe.Discovery;

/// <summary>Looks again and again at a place that tells of no change by itself.</summary>
internal static class Polling
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);

    /// <summary>However short the time is that a server gives.</summary>
    private static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(1);

    /// <summary>However long a server wants to be left alone.</summary>
    private static readonly TimeSpan s_longestRest = TimeSpan.FromMinutes(10);

    /// <param name="look">Gives what is there, and after what time to look again at the earliest, where the place says so.</param>
    /// <param name="refresh">Between two looks; by chance up to half of it less, after a failure it is shorter at first.</param>
    public static async Task RunAsync(
        Func<CancellationToken, Task<(TargetsFound Found, TimeSpan? Again)>> look, TimeSpan refresh, Action<TargetsFound> told, Loop loop, CancellationToken stop)
    {
        await Task.Yield();
        var backoff = new Backoff(s_firstPause < refresh ? s_firstPause : refresh, refresh);
        while (!stop.IsCancellationRequested)
        {
            var pause = refresh;
            try
            {
                var (finding, again) = await look(stop).ConfigureAwait(false);
                told(finding);
                if (finding.Fault is null) backoff.Reset();
                pause = finding.Fault is null ? Backoff.Jittered(again ?? refresh) : Longer(backoff.Next(), again ?? TimeSpan.Zero);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) // also where there is no memory, as there may be the next time
            {
                loop.Failed();
                told(TargetsFound.Failed($"a bug in MtlsProbe, {fault.GetType().Name}"));
                pause = backoff.Next();
            }

            await Task.Delay(Longer(pause < s_longestRest || pause <= refresh ? pause : s_longestRest, s_leastPause), loop.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
