using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// Finds out whether the server accepts the credential. In TLS 1.3 our handshake ends before the server has looked at our
/// certificate, and in any version a server may refuse just after it; most servers that accept say nothing at all. So we stay silent
/// for a while and watch (a close before ours is a refusal), and then close ourselves and watch again (a close after ours is an
/// answer).
/// </summary>
/// <param name="connected">How long the TCP connection took.</param>
/// <param name="roundTrip">That, or the time to the server's first answer when it was longer.</param>
/// <param name="cold">This process has not come this far before: its times are those of the compiler, and say nothing of the way.</param>
/// <param name="patience">The least silence, when an earlier look was not patient enough.</param>
/// <param name="limit">The most silence.</param>
internal sealed class Confirmation(
    Wire wire, TimeSpan connected, TimeSpan roundTrip, bool cold, TimeSpan patience, TimeSpan limit, TimeProvider time)
{
    /// <summary>
    /// The least silence: after a ticket, after a TLS 1.2 handshake, or where no ticket comes. Servers that judge above OpenSSL (nginx,
    /// .NET, Node.js) send their tickets first and close some moments later: within 1 ms when idle, within 130 ms on a loaded machine,
    /// later when they ask somebody else. The margin is for load on either side; silence costs no CPU.
    /// </summary>
    private static readonly TimeSpan LeastSilence = TimeSpan.FromMilliseconds(600);

    /// <summary>How soon an answer to our close comes, at the least, before it may count as late.</summary>
    private static readonly TimeSpan LeastPrompt = TimeSpan.FromMilliseconds(10);

    /// <summary>In bytes, of what a server says unasked.</summary>
    private const int MaxData = 64 * 1024;

    private readonly TimeSpan _settle = Bounded(Longest(LeastSilence, 2 * roundTrip, patience), limit);
    private readonly TimeSpan _grace = Bounded(Longest(LeastSilence, 3 * roundTrip, patience), limit);
    private byte[] _data = new byte[1024];
    private int _length;

    /// <summary>How long we were silent before we spoke: the wait for a ticket and the silence after it.</summary>
    public TimeSpan Silence { get; private set; }

    /// <summary>In TLS 1.3 we spoke before a ticket came; if one comes after all, the server had not decided yet when we spoke.</summary>
    public bool SpokeBeforeTicket { get; private set; }

    /// <summary>
    /// A close that comes later than this after ours may be no answer but a late refusal. The quickest answer of the connection says
    /// how quick this one may be.
    /// </summary>
    public TimeSpan Prompt => cold ? LeastPrompt : Longest(LeastPrompt, 2 * connected, 2 * (wire.QuickestAnswer ?? roundTrip));

    /// <summary>
    /// Application data that came while we watched. A server may write before it has looked at our certificate (RFC 8446 §4.4.2), so only
    /// data that no refusal follows is a sign.
    /// </summary>
    public ReadOnlyMemory<byte> Data => _data.AsMemory(0, _length);

    /// <summary>Watches in silence. Null: the server has not refused us by now.</summary>
    public async Task<Ending?> WatchAsync(bool ticketsCome, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        long? ticketAt = ticketsCome ? null : start; // before TLS 1.3 the tickets lie inside the handshake
        while (true)
        {
            var (count, ending) = await wire.ReadAsync(Phase.Confirm, _data.AsMemory(_length), cancellation).ConfigureAwait(false);
            if (ending is not null) return ending;
            if (count > 0)
            {
                _length += count;
                if (_length >= MaxData) return null; // it talks and talks, and has not refused us
                if (_length == _data.Length) Array.Resize(ref _data, 2 * _data.Length);
                continue;
            }

            if (wire.Tls.Record.Tickets > 0) ticketAt ??= time.GetTimestamp();
            var wait = ticketAt is { } at ? _settle - time.GetElapsedTime(at) : _grace - time.GetElapsedTime(start);
            if (!await wire.InputWithinAsync(wait, cancellation).ConfigureAwait(false))
            {
                Silence = time.GetElapsedTime(start);
                SpokeBeforeTicket = ticketAt is null;
                return null;
            }

            if (await wire.TakeInputAsync(Phase.Confirm, cancellation).ConfigureAwait(false) is { } closed) return closed;
        }
    }

    /// <summary>Closes and watches what the server answers.</summary>
    public async Task<Ending> CloseAsync(CancellationToken cancellation)
    {
        await wire.CloseAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            var (count, ending) = await wire.ReadAsync(Phase.Confirm, _data, cancellation).ConfigureAwait(false);
            if (ending is not null) return ending;
            if (count > 0) return new Ending(Phase.Confirm, EndingKind.ApplicationData, "the server sent application data");
            if (await wire.TakeInputAsync(Phase.Confirm, cancellation).ConfigureAwait(false) is { } closed) return closed;
        }
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b, TimeSpan c) => a > b ? (a > c ? a : c) : (b > c ? b : c);

    private static TimeSpan Bounded(TimeSpan wait, TimeSpan limit) => wait < limit ? wait : limit;
}
