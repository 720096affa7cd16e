using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>The time that a scheduled probe of a target may take.</summary>
internal static class ScheduledTime
{
    // A timeout can be as long as the interval. A black hole that uses it up must have ended this long before its next start, or every second start
    // would be skipped.
    private static readonly TimeSpan GapBeforeNextStart = TimeSpan.FromMilliseconds(100);

    public static ProbeTime Of(Target target)
    {
        var most = target.Interval - GapBeforeNextStart;
        var timeout = target.Timeout < most ? target.Timeout : most;
        return new ProbeTime(timeout, 2 * timeout < most ? 2 * timeout : most);
    }
}
