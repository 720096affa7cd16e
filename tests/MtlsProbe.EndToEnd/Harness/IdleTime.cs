namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// Commands that run only while no other process wants a processor (SCHED_IDLE, see sched(7)): for tests that need much CPU time, beside tests that
/// depend on times.
/// </summary>
internal static class IdleTime
{
    /// <summary>The session gets the least share of the processors, where the kernel shares them among sessions.</summary>
    private const string Script = """{ echo 19 >/proc/self/autogroup; } 2>/dev/null; exec "$@" """;

    /// <summary>The prefix of the command.</summary>
    public static IReadOnlyList<string> Command { get; } = ["sh", "-c", Script, "idle", Needs.Find("chrt"), "--idle", "0"];
}
