using System.Net.Sockets;
using MtlsProbe.Model;
using MtlsProbe.Readiness;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>A connected socket before TLS. It does not own the socket.</summary>
internal sealed class ClearText(ReadySocket socket, TimeProvider time, Deadline deadline) : Conversation
{
    /// <summary>Maximum bytes that a server can send before TLS; the longest greetings have a hundredth of it.</summary>
    private const int MaxReceived = 64 * 1024;

    private byte[] _bytes = []; // most probes read nothing before TLS
    private int _start;
    private int _end;
    private int _received;

    /// <summary>What has been read but not yet consumed.</summary>
    public ReadOnlyMemory<byte> Left => _bytes.AsMemory(_start, _end - _start);

    /// <summary>
    /// Sends and reads the messages of the target's protocol before TLS. Null: TLS may begin. Extra bytes after the server's consent end the probe,
    /// because an attacker on the path could have injected them (CVE-2021-38371 and similar).
    /// </summary>
    public async Task<FinalEvent?> UpgradeAsync(Target target, CancellationToken cancellation)
    {
        if (target.Protocol.Upgrade is not { } upgrade) return null;
        _received = Left.Length; // earlier bytes came from the proxy
        string? refused;
        try
        {
            refused = await upgrade(this, target, cancellation).ConfigureAwait(false);
        }
        catch (IOException) when (FinalEvent is not null)
        {
            return FinalEvent;
        }

        if (FinalEvent is { } ending) return ending;
        if (refused is null && Left is { IsEmpty: false } left) refused = $"data before TLS: the server sent {PlainText.QuoteLines(left.Span)} after it had agreed to TLS";
        return refused is null ? null : new FinalEvent(Phase.Starttls, FinalEventKind.UpgradeRefused, refused);
    }

    /// <summary>Reads the received bytes, without waiting for more. False: there are none.</summary>
    public async ValueTask<bool> HasMoreAsync(CancellationToken cancellation) =>
        !Left.IsEmpty || (Waiting > 0 && await FillAsync(cancellation).ConfigureAwait(false));

    /// <summary>The number of received bytes. A broken connection has none; the next read shows that.</summary>
    private int Waiting
    {
        get
        {
            try
            {
                return socket.Socket.Available;
            }
            catch (SocketException)
            {
                return 0;
            }
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Left.IsEmpty && !await FillAsync(cancellationToken).ConfigureAwait(false)) return Ended(FinalEvent!);
        var count = Math.Min(buffer.Length, Left.Length);
        Left[..count].CopyTo(buffer);
        _start += count;
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            for (var sent = 0; sent < buffer.Length && FinalEvent is null;)
                sent += await socket.SendAsync(buffer[sent..], cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // The read reports it.
        }
    }

    /// <summary>Reads all available bytes, so that nothing unread can hide. False: the conversation has ended.</summary>
    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (FinalEvent is not null) return false;
        if (_bytes.Length == 0) _bytes = new byte[4096];
        deadline.Wait(() => TcpSocket.IsReadable(socket.Socket));
        try
        {
            (_start, _end) = (0, await socket.ReceiveAsync(_bytes, cancellation).ConfigureAwait(false));
        }
        catch (SocketException e)
        {
            _end = 0;
            FinalEvent = new FinalEvent(Phase.Starttls, FinalEventKind.Reset, $"the connection broke before TLS: {(e.SocketErrorCode == SocketError.ConnectionReset ? "connection reset" : e.SocketErrorCode)}") { SocketError = e.SocketErrorCode };
            return false;
        }

        deadline.Over(time.GetTimestamp());
        _received += _end;
        if (_end == 0) FinalEvent = new FinalEvent(Phase.Starttls, FinalEventKind.EndOfStream, "the server closed the connection before TLS");
        else if (_received > MaxReceived) FinalEvent = new FinalEvent(Phase.Starttls, FinalEventKind.UpgradeRefused, "the server sent more than 64 KiB before TLS");
        return FinalEvent is null;
    }
}
