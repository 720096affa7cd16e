using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>A server that sends these bytes, whatever it receives, and closes.</summary>
/// <param name="piece">The number of bytes that arrive at once.</param>
/// <param name="afterHeaders">It waits for a request of HTTP/2, because an earlier answer does not count.</param>
internal sealed class SaidBytes(byte[] said, int piece, bool afterHeaders = false) : Conversation
{
    /// <summary>In bytes. No server should have to read more of our data than this.</summary>
    private const int MostHeard = 64 * 1024;

    /// <summary>The length of the preface (RFC 9113 §3.4), which frames follow.</summary>
    private const int Preface = 24;
    private const int FrameHead = 9;
    private const byte Headers = 1;

    private readonly List<byte> _frames = [];
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _at;
    private int _heard;

    /// <summary>How many bytes have been read.</summary>
    public int Taken => _at;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (afterHeaders) await _asked.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_at == said.Length) return Ended(new FinalEvent(Phase.Application, FinalEventKind.EndOfStream, "the server closed"));
        var count = Math.Min(buffer.Length, Math.Min(Math.Max(piece, 1), said.Length - _at));
        said.AsSpan(_at, count).CopyTo(buffer.Span);
        _at += count;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Claim.Holds(Interlocked.Add(ref _heard, buffer.Length) <= MostHeard, "too much is sent to the server");
        if (afterHeaders) Hear(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Looks for the frame with the request.</summary>
    private void Hear(ReadOnlySpan<byte> words)
    {
        lock (_frames)
        {
            _frames.AddRange(words);
            for (var at = Preface; at + FrameHead <= _frames.Count; at += FrameHead + (_frames[at] << 16 | _frames[at + 1] << 8 | _frames[at + 2]))
            {
                if (_frames[at + 3] == Headers) _asked.TrySetResult();
            }
        }
    }
}
