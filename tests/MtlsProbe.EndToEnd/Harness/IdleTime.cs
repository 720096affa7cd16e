namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// Commands that run only while no other process wants a processor (SCHED_IDLE, see sched(7)): for tests that need much CPU time, beside tests that
/// depend on times.
/// </summary>
internal static class IdleTime
{
    /// <summary>The prefix of the command.</summary>
    public static IReadOnlyList<string> Command { get; } = [Needs.Find("chrt"), "--idle", "0"];
}
