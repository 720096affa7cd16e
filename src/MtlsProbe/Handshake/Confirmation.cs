using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// Finds out whether the server accepts the credential. In TLS 1.3, our handshake ends before the server has checked our certificate. In any version
/// a server can refuse just after the handshake, and most servers that accept send nothing. So we stay silent for a while and watch: a close in this
/// time is the server's own decision. Then we close and watch again: a close after ours is an answer.
/// </summary>
/// <param name="connected">How long the TCP connection took.</param>
/// <param name="patience">The minimum silence, if an earlier probe did not wait long enough.</param>
/// <param name="limit">The maximum silence otherwise.</param>
internal sealed class Confirmation(Wire wire, TimeSpan connected, TimeSpan patience, TimeSpan limit, TimeProvider time)
{
    /// <summary>
    /// The minimum silence: after a ticket, after a TLS 1.2 handshake, or if no ticket comes. Servers that decide above OpenSSL (nginx, .NET,
    /// Node.js) send their tickets first and close a little later: within 1 ms when idle, within 130 ms on a loaded machine, later if they query
    /// another system. The margin is for load on either side; a silence costs no CPU.
    /// </summary>
    public static readonly TimeSpan LeastSilence = TimeSpan.FromMilliseconds(600);

    /// <summary>
    /// Maximum random extension of each silence: a server that refuses with a close after a fixed time must not always coincide with the end of the
    /// silence.
    /// </summary>
    private static readonly TimeSpan MostAtRandom = TimeSpan.FromMilliseconds(300);

    /// <summary>If this machine delays us by this much, it may delay the server too; shorter delays come from compilation.</summary>
    private static readonly TimeSpan BusyDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>On a busy machine, the silence is longer by this multiple of its delay.</summary>
    private const int BusyFactor = 4;

    /// <summary>An answer to our close within this time is never late.</summary>
    private static readonly TimeSpan LeastPrompt = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Maximum silence because of a long round trip: a server that makes us wait in its queue looks far away, and may end connections that are silent
    /// for longer (the Zabbix agent does after 3 s).
    /// </summary>
    private static readonly TimeSpan MostForTheWay = TimeSpan.FromMilliseconds(1500);

    /// <summary>Minimum time between our close_notify and the end of our stream: an answer to the close_notify comes sooner.</summary>
    private static readonly TimeSpan LeastBeforeEnd = TimeSpan.FromMilliseconds(100);

    /// <summary>Maximum bytes of unsolicited data from a server.</summary>
    private const int MaxData = 64 * 1024;

    private readonly TimeSpan _atRandom = MostAtRandom * Random.Shared.NextDouble();
    private byte[] _data = new byte[1024];
    private int _length;
    private int _ticketsBefore;

    /// <summary>
    /// The round trip of TCP alone is too short if a relay near us answers for the server. The time of an answer alone is too long if the server made
    /// us wait in its queue. The quickest answer so far is the best measure.
    /// </summary>
    private TimeSpan RoundTrip => Longest(wire.Times.RoundTrip ?? connected, wire.Times.QuickestAnswer ?? TimeSpan.Zero);

    /// <summary>
    /// Events of this connection were handled so late that the time of our close is uncertain: a close that follows it may have been on its way by
    /// chance.
    /// </summary>
    public bool IsBusy => wire.Times.LongestDelay >= BusyDelay;

    /// <summary>
    /// There is a proxy. It does not interpret a close_notify, but it may end both streams when ours ends, whatever the server does. So our stream is
    /// not ended.
    /// </summary>
    public bool IsRelayed { get; init; }

    /// <summary>Our close_notify has been sent.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Our close_notify alone got no answer, so we have also ended our stream.</summary>
    public bool HasEnded => wire.HasFinished;

    /// <summary>The server has sent its close_notify.</summary>
    public bool IsNotified => wire.Tls.Record.CloseNotifyReceived;

    /// <summary>How long we were silent before we sent data: the wait for a ticket and the silence after it.</summary>
    public TimeSpan Silence { get; private set; }

    /// <summary>How long we watched, until the server's own close or the end of our silence.</summary>
    public TimeSpan Watched { get; private set; }

    /// <summary>When the first ticket came, if it came after our close; otherwise null.</summary>
    public TimeSpan? TicketAfter { get; private set; }

    /// <summary>
    /// A close that comes later than this after ours may be a late refusal instead of an answer. The quickest answer of the connection shows how
    /// quick this one can be, because answering a close is less work than any flight of a handshake.
    /// </summary>
    public TimeSpan Prompt => RoundTrip + LeastPrompt;

    /// <summary>
    /// A close that comes sooner than this after ours was sent before the server can have seen ours. The kernel measures the round trip to the TCP
    /// peer. Behind a relay, we know how long the quickest answer took; half of that may be the server's processing.
    /// </summary>
    public TimeSpan Soonest => Longest(wire.Times.RoundTrip ?? TimeSpan.Zero, (wire.Times.QuickestAnswer ?? TimeSpan.Zero) / 2) - TcpTimes.Resolution;

    /// <summary>Application data that arrived while we watched.</summary>
    public ReadOnlyMemory<byte> Data => _data.AsMemory(0, _length);

    /// <summary>Reads what the server has sent so far, without waiting.</summary>
    public void TakeSaid() => _length = wire.Said(_data);

    /// <summary>Watches in silence. Null: the server has not refused us so far.</summary>
    public async Task<FinalEvent?> WatchAsync(bool ticketsCome, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        long? ticketAt = ticketsCome ? null : start; // before TLS 1.3 the tickets are part of the handshake
        while (true)
        {
            if (_length == _data.Length) Array.Resize(ref _data, 2 * _data.Length);
            var (count, ending) = await wire.ReadAsync(Phase.Confirm, _data.AsMemory(_length), cancellation).ConfigureAwait(false);
            Watched = time.GetElapsedTime(start);
            if (ending is not null) return ending;
            if (count > 0)
            {
                _length = Math.Min(_length + count, MaxData); // the rest is dropped
                continue;
            }

            if (wire.Tls.Record.Tickets > 0) ticketAt ??= time.GetTimestamp();
            var wait = ticketAt is { } at ? SilenceFor(2 * RoundTrip) - time.GetElapsedTime(at) : SilenceFor(3 * RoundTrip) - time.GetElapsedTime(start);
            if (!await wire.InputWithinAsync(wait, cancellation).ConfigureAwait(false))
            {
                Silence = Watched = time.GetElapsedTime(start);
                return null;
            }

            if (await wire.TakeInputAsync(Phase.Confirm, cancellation).ConfigureAwait(false) is not { } closed) continue;
            Watched = time.GetElapsedTime(start);
            return closed;
        }
    }

    /// <summary>
    /// Closes and watches the server's answer: our close_notify, and after a moment the end of our stream, because some servers keep a session until
    /// TCP ends (observed with DNS over TLS and RADIUS). Data in between is not an answer, and is dropped.
    /// </summary>
    /// <param name="unanswered">Called once, if the server has answered neither of them for a while.</param>
    public async Task<FinalEvent> CloseAsync(Action unanswered, CancellationToken cancellation)
    {
        _ticketsBefore = wire.Tls.Record.Tickets;
        await wire.CloseAsync(cancellation).ConfigureAwait(false);
        HasClosed = true;
        var beforeEnd = Shortest(Longest(LeastBeforeEnd, 2 * RoundTrip), limit);
        if (await AnswerAsync(beforeEnd, cancellation).ConfigureAwait(false) is { } first) return first;
        if (!IsRelayed) wire.Finish();
        if (await AnswerAsync(SilenceFor(2 * RoundTrip), cancellation).ConfigureAwait(false) is { } second) return second;
        unanswered();
        return (await AnswerAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false))!;
    }

    /// <summary>Long enough for this round trip, for a busy machine, and for what an earlier probe has shown.</summary>
    private TimeSpan SilenceFor(TimeSpan way)
    {
        var delay = wire.Times.LongestDelay;
        var least = LeastSilence + _atRandom;
        if (delay >= BusyDelay) least += Shortest(BusyFactor * delay, 2 * LeastSilence);
        return Longest(Shortest(Longest(least, Shortest(way, MostForTheWay)), limit), patience);
    }

    /// <summary>How the server ended the connection; null if it did not within the time.</summary>
    private async Task<FinalEvent?> AnswerAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var dropped = new byte[1024];
        var start = time.GetTimestamp();
        while (true)
        {
            var (count, ending) = await wire.ReadAsync(Phase.Confirm, dropped, cancellation).ConfigureAwait(false);
            if (ending is not null) return ending;
            if (count > 0) continue;
            if (_ticketsBefore == 0 && wire.Tls.Record.Tickets > 0) TicketAfter ??= wire.Times.SinceSpoke;
            if (patience != Timeout.InfiniteTimeSpan && !await wire.InputWithinAsync(patience - time.GetElapsedTime(start), cancellation).ConfigureAwait(false)) return null;
            if (await wire.TakeInputAsync(Phase.Confirm, cancellation).ConfigureAwait(false) is { } closed) return closed;
        }
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Shortest(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
