using MtlsProbe.Files;

namespace MtlsProbe.ApiCalls;

/// <summary>The body of an answer, in pinned memory that is overwritten by disposal.</summary>
internal sealed class PinnedAnswer : IDisposable
{
    private const int FirstRoom = 64 * 1024;

    private byte[] _buffer = PinnedBuffers.Rent(FirstRoom);
    private int _length;

    private PinnedAnswer()
    {
    }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads to the end; null if the body exceeds the limit.</summary>
    /// <param name="most">In bytes.</param>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<PinnedAnswer?> ReadAsync(HttpContent content, int most, CancellationToken stop)
    {
        var answer = new PinnedAnswer();
        try
        {
            var stream = await content.ReadAsStreamAsync(stop).ConfigureAwait(false);
            await using var owned = stream.ConfigureAwait(false);
            while (true)
            {
                if (answer._length == answer._buffer.Length) answer.Grow();
                var count = await stream.ReadAsync(answer._buffer.AsMemory(answer._length), stop).ConfigureAwait(false);
                answer._length += count;
                if (answer._length > most) break;
                if (count > 0) continue;
                var whole = answer;
                answer = null;
                return whole;
            }

            return null;
        }
        finally
        {
            answer?.Dispose();
        }
    }

    public void Dispose()
    {
        PinnedBuffers.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void Grow()
    {
        var larger = PinnedBuffers.Rent(_buffer.Length * 2);
        Bytes.CopyTo(larger);
        PinnedBuffers.Return(_buffer);
        _buffer = larger;
    }
}
