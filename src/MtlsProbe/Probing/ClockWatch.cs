using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>
/// Logs when our own clock becomes suspected, and when it no longer is: with a wrong clock, every verdict that depends on a date is wrong.
/// Thread-safe.
/// </summary>
/// <param name="servers">Returns their current states.</param>
internal sealed partial class ClockWatch(Func<IReadOnlyList<ServerState>> servers, TimeProvider time, ILogger<ClockWatch> log)
{
    /// <summary>This examines all servers, so it is not done for each result.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _last;
    private bool _isSuspected;

    /// <summary>Call this when a server has reported its time.</summary>
    public void Told()
    {
        lock (_gate)
        {
            if (_last is { } last && time.GetElapsedTime(last) < s_pause) return;
            _last = time.GetTimestamp();
        }

        var consensus = ClockConsensus.Of(servers(), time.GetUtcNow());
        lock (_gate)
        {
            var isSuspected = consensus.Suspected is true;
            if (isSuspected == _isSuspected) return;
            _isSuspected = isSuspected;
            if (isSuspected) LogSuspected(Math.Max(consensus.Ahead, consensus.Behind), consensus.Known, consensus.Ahead > consensus.Behind ? "ahead of" : "behind", Seconds(consensus.Offset));
            else LogAgrees(consensus.Known);
        }
    }

    private static string Seconds(double? offset) => Math.Abs(offset ?? 0).ToString("N0", CultureInfo.InvariantCulture);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This machine's clock is suspected: {off} of {known} servers whose clock is known are {direction} it, by {seconds} s in the median. Verdicts on expiry depend on this clock; check that it is synchronized")]
    private partial void LogSuspected(int off, int known, string direction, string seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "This machine's clock is no longer suspected, judged by {known} servers whose clock is known")]
    private partial void LogAgrees(int known);
}
