using System.Buffers;
using System.Net.Sockets;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Readiness;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>
/// A connected socket with TLS. Network waits are asynchronous. Not thread-safe. Every step returns null while the connection continues, or the event
/// that ended it. <see cref="MaxReceived"/> limits what the server can send.
/// </summary>
/// <param name="deadline">The deadline of the probe; it is notified of waits.</param>
/// <param name="delayed">Called with the delay of each event.</param>
internal sealed class Wire(ReadySocket socket, TlsConnection tls, TimeProvider time, Deadline deadline, Action<TimeSpan> delayed) : IDisposable
{
    /// <summary>One TLS record and its header (RFC 8446 §5.1).</summary>
    public const int BufferSize = 17 * 1024;

    /// <summary>Maximum bytes that a server can send in one probe; a handshake with the largest chain that libssl accepts has a tenth of it.</summary>
    private const int MaxReceived = 1024 * 1024;

    private readonly ConnectionTimes _times = new(socket.Socket, time, deadline, delayed);
    private readonly Incoming _incoming = new(socket);
    private readonly byte[] _output = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _received;
    private bool _hasSpoken;
    private bool _closed;
    private bool _isReset;
    private TokenException? _unsigned; // why our key did not sign

    public ConnectionTimes Times => _times;

    /// <summary>The end of our stream has been sent after our close_notify.</summary>
    public bool HasFinished { get; private set; }

    /// <summary>Number of certificate requests before we sent our first request; null before that.</summary>
    public int? RequestsWhenSpoke { get; private set; }

    /// <summary>The server had closed before our Certificate message was sent, so its close is not an answer to it.</summary>
    public bool ClosedBeforeAnswer { get; private set; }

    /// <summary>Called before each wait for a signature of our own key: the probe does not load the server in that time.</summary>
    public Action? BeforeSignature { get; init; }

    public TlsConnection Tls => tls;

    /// <summary>The peer's system has acknowledged all our data; also true if our kernel does not provide this.</summary>
    public bool IsAcknowledged => TcpTimes.Read(socket.Socket) is not { Unacknowledged: > 0 };

    /// <summary>Runs the handshake up to our Finished.</summary>
    /// <param name="holdsLast">The last flight waits for the next data, or for <see cref="FlushAsync"/>, so that both are sent in one packet.</param>
    public async Task<FinalEvent?> HandshakeAsync(CancellationToken cancellation, bool holdsLast = false)
    {
        var answered = false;
        while (true)
        {
            var status = tls.Handshake();
            if (status == TlsStatus.NeedsSignature) status = await SignAsync(tls.Handshake, cancellation).ConfigureAwait(false);
            if (!answered && tls.Record.CertificateAnswers > 0)
            {
                answered = true;
                NoteEarlyClose(cancellation);
            }

            if (status != TlsStatus.Done || !holdsLast) await FlushAsync(cancellation).ConfigureAwait(false);
            if (status == TlsStatus.Done) return null;
            if (status != TlsStatus.NeedsInput) return Ended(Phase.Handshake, status);
            if (await TakeInputAsync(Phase.Handshake, cancellation).ConfigureAwait(false) is { } ending) return ending;
        }
    }

    /// <summary>Data that have already been received, decrypted; 0 if there are none. The next read reports the end.</summary>
    public int Said(Memory<byte> data) => tls.Read(data.Span, out var count) == TlsStatus.Done ? count : 0;

    /// <summary>Decrypts received data. 0 and no ending: there is nothing to read yet; <see cref="TakeInputAsync"/> must get more.</summary>
    public async ValueTask<(int Count, FinalEvent? FinalEvent)> ReadAsync(Phase phase, Memory<byte> data, CancellationToken cancellation)
    {
        var status = tls.Read(data.Span, out var count);
        if (status == TlsStatus.NeedsSignature) status = await SignAsync(() => tls.Read(data.Span, out count), cancellation).ConfigureAwait(false);
        await FlushAsync(cancellation).ConfigureAwait(false);
        return status switch
        {
            TlsStatus.Done => (count, null),
            TlsStatus.NeedsInput => (0, null),
            _ => (0, Ended(phase, status)),
        };
    }

    /// <summary>Sends a request. If the server has begun a renegotiation, that is completed first.</summary>
    public async Task<FinalEvent?> WriteAsync(Phase phase, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        Speak();
        RequestsWhenSpoke ??= tls.Record.CertificateRequests;
        while (true)
        {
            var status = tls.Write(data.Span);
            if (status == TlsStatus.NeedsSignature) status = await SignAsync(() => tls.Write(data.Span), cancellation).ConfigureAwait(false);
            await FlushAsync(cancellation).ConfigureAwait(false);
            TcpSocket.AcknowledgeAtOnce(socket.Socket);
            if (status == TlsStatus.Done) return null;
            if (status != TlsStatus.NeedsInput) return Ended(phase, status);
            if (await TakeInputAsync(phase, cancellation).ConfigureAwait(false) is { } ending) return ending;
        }
    }

    /// <summary>Sends our close_notify. Reading continues.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        _closed = true;
        Speak();
        tls.Close();
        await FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends our stream (TCP FIN) after our close_notify: some servers answer only to that. Reading continues.</summary>
    public void Finish()
    {
        HasFinished = true;
        var began = time.GetTimestamp();
        try
        {
            socket.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Already reset: the read reports it.
        }

        _times.Finished(began);
    }

    /// <summary>Waits for input. It changes nothing, so other code can send meanwhile.</summary>
    public async Task ArrivalAsync(CancellationToken cancellation)
    {
        Task pending = _incoming.Begin(cancellation);
        deadline.Wait(HasCome);
        await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Waits for bytes and passes them to TLS. Returns an ending if the peer closed, reset, or does not speak TLS.</summary>
    public async Task<FinalEvent?> TakeInputAsync(Phase phase, CancellationToken cancellation)
    {
        var pending = _incoming.Begin(cancellation);
        deadline.Wait(HasCome);
        var received = await pending.ConfigureAwait(false);
        _incoming.End();
        _times.Arrived(received.Error is null ? received.Count : null);
        if (received.Error is { } error)
            return Closed(phase, FinalEventKind.Reset, $"the connection broke: {(error == SocketError.ConnectionReset ? "connection reset" : error)}") with { SocketError = error };
        if (received.Count == 0 && _isReset) // the system reports a reset once, and the write received it first
            return Closed(phase, FinalEventKind.Reset, "the connection broke: connection reset") with { SocketError = SocketError.ConnectionReset };
        if (received.Count == 0) return Closed(phase, FinalEventKind.EndOfStream, "the server closed the connection");

        var bytes = _incoming.Bytes(received.Count);
        if (_received == 0 && !LooksLikeTls(bytes)) return new FinalEvent(phase, FinalEventKind.NotTls, $"the server sent {PlainText.Quote(bytes)}");
        _received += received.Count;
        if (_received > MaxReceived)
            return new FinalEvent(phase, phase == Phase.Confirm ? FinalEventKind.TalksOn : FinalEventKind.LibraryError, "the server sent more than 1 MiB without an end");
        if (Excess.Of(tls.Record) is { } excess) return new FinalEvent(phase, FinalEventKind.LibraryError, excess);
        tls.Feed(bytes);
        return null;
    }

    /// <summary>Whether input came within the time. The read continues in any case.</summary>
    public async Task<bool> InputWithinAsync(TimeSpan wait, CancellationToken cancellation)
    {
        Task pending = _incoming.Begin(cancellation);
        if (wait > TimeSpan.Zero && !pending.IsCompleted)
        {
            var start = time.GetTimestamp();
            deadline.Wait(HasCome);
            await pending.WaitAsync(wait, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!pending.IsCompleted) _times.Delayed(time.GetElapsedTime(start) - wait);
        }

        // Data in the kernel have arrived in time, even if this process has not seen them yet.
        if (!pending.IsCompleted && TcpSocket.IsReadable(socket.Socket)) await pending.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (pending.IsCompleted) return true; // before the deadline is checked: received data count
        cancellation.ThrowIfCancellationRequested();
        return false;
    }

    public void Dispose()
    {
        socket.Dispose();
        tls.Dispose();
        ArrayPool<byte>.Shared.Return(_output);
        _incoming.Dispose();
    }

    /// <summary>The read that follows the flight is begun before the flight is sent: data received by then are not a reaction to it.</summary>
    private void NoteEarlyClose(CancellationToken cancellation)
    {
        var pending = _incoming.Begin(cancellation);
        ClosedBeforeAnswer = pending.IsCompletedSuccessfully && pending.Result.Count == 0;
    }

    /// <summary>
    /// Sends pending TLS output. A failed write is not the end: a reset can overtake the alert that explains it, which must still be read (RFC 8446
    /// §6.2).
    /// </summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        int count;
        while ((count = tls.Drain(_output.AsSpan(0, BufferSize))) > 0)
        {
            var began = time.GetTimestamp();
            try
            {
                for (var sent = 0; sent < count;)
                    sent += await socket.SendAsync(_output.AsMemory(sent, count - sent), cancellation).ConfigureAwait(false);
                _times.Sent(began);
            }
            catch (SocketException e)
            {
                _isReset |= e.SocketErrorCode == SocketError.ConnectionReset;
                return;
            }
            catch (OperationCanceledException) when (_unsigned is not null)
            {
                return; // the deadline of the probe has passed, and the ending is known
            }
        }
    }

    /// <summary>
    /// Runs a step in which a key that is stored elsewhere signs, on a thread of that key, which waits until the deadline. The step has ended when
    /// this returns, whatever happens to the signature.
    /// </summary>
    private async Task<TlsStatus> SignAsync(Func<TlsStatus> step, CancellationToken cancellation)
    {
        var signing = tls.Signing!;
        BeforeSignature?.Invoke();
        deadline.Wait();
        try
        {
            var (status, fault) = await signing.RunAsync(step, cancellation).ConfigureAwait(false);
            if (fault is null) return status;
            if (deadline.Left > TimeSpan.Zero) cancellation.ThrowIfCancellationRequested(); // the caller stopped, and the key has no fault
            _unsigned = fault as TokenException ?? new TokenException(Reasons.TokenUnavailable, $"{signing.Place} did not sign: {fault.Message}");
            return status;
        }
        catch (OperationCanceledException) when (deadline.Left <= TimeSpan.Zero)
        {
            _unsigned = new TokenException(Reasons.TokenUnavailable, $"{signing.Place} did not reach our signature in time: it was still working on other signatures");
            return TlsStatus.Failed;
        }
        finally
        {
            deadline.Over(time.GetTimestamp());
        }
    }

    private FinalEvent Ended(Phase phase, TlsStatus status)
    {
        if (_unsigned is { } unsigned) return new FinalEvent(phase, FinalEventKind.Material, unsigned.Message) { Material = unsigned.Reason };
        var record = tls.Record;
        if (record.AlertReceived is { } alert)
            return new FinalEvent(phase, FinalEventKind.Alert, $"the server sent the alert {alert}") { Alert = alert, ClosedAfter = _times.SinceSpoke };
        if (status == TlsStatus.Closed || record.CloseNotifyReceived) return Closed(phase, FinalEventKind.CloseNotify, "the server closed the TLS session");
        if (_closed && tls.LastError.IsNoRecord) return Closed(phase, FinalEventKind.EndOfStream, "the server continued in plain text"); // as exim does: its session has ended
        if (record.Refused != ExcessiveWork.None) return new FinalEvent(phase, FinalEventKind.LibraryError, Excess.Of(record)!);
        var sent = record.AlertSent is { } ours ? $"; we answered with the alert {ours}" : "";
        return new FinalEvent(phase, FinalEventKind.LibraryError, $"OpenSSL says: {tls.LastError.Text}{sent}") { LibraryError = tls.LastError };
    }

    /// <summary>The meaning of a close depends on whether we had closed, or sent a request, before.</summary>
    private FinalEvent Closed(Phase phase, FinalEventKind kind, string detail)
    {
        if (tls.Record.AlertReceived is { } alert)
            return new FinalEvent(phase, FinalEventKind.Alert, $"the server sent the alert {alert}") { Alert = alert, ClosedAfter = _times.SinceSpoke };
        if (_closed) return new FinalEvent(phase, FinalEventKind.CloseAnswered, $"{detail} after our close") { ClosedAfter = _times.SinceSpoke };
        if (_hasSpoken) return new FinalEvent(phase, FinalEventKind.RequestUnanswered, $"{detail} without an answer") { ClosedAfter = _times.SinceSpoke };
        return new FinalEvent(phase, kind, detail);
    }

    private void Speak()
    {
        _hasSpoken = true;
        _times.Speak();
    }

    private bool HasCome() => _incoming.HasCome;

    /// <summary>A record begins with a content type of 20 to 23 and the major version 3 (RFC 8446 §5.1).</summary>
    private static bool LooksLikeTls(ReadOnlySpan<byte> bytes) => bytes[0] is >= 20 and <= 23 && (bytes.Length < 2 || bytes[1] == 3);
}
