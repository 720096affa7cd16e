using MtlsProbe.Files;

namespace MtlsProbe.Clusters;

/// <summary>The events of a watch, one per line, in memory that is overwritten. The size of a line and the time that it can take are limited.</summary>
/// <param name="most">Maximum bytes of a line.</param>
/// <param name="patience">Time limit from the first octet of a line to its end.</param>
internal sealed class WatchStream(Stream stream, int most, TimeSpan patience, TimeProvider time) : IDisposable
{
    private byte[] _buffer = PinnedBuffers.Rent(4096);
    private int _start;
    private int _end;

    /// <summary>The next line, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    /// <exception cref="TimeoutException">A line has begun, and does not end in time.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<ReadOnlyMemory<byte>?> NextAsync(CancellationToken stop)
    {
        long? since = _end > _start ? time.GetTimestamp() : null;
        for (var looked = 0; ;)
        {
            var found = _buffer.AsSpan(_start + looked, _end - _start - looked).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var line = _buffer.AsMemory(_start, looked + found);
                _start += looked + found + 1;
                return line;
            }

            looked = _end - _start;
            if (looked > most) throw new InvalidDataException();
            MakeRoom();
            var read = await ReadAsync(since, stop).ConfigureAwait(false);
            if (read == 0) return null;
            _end += read;
            since ??= time.GetTimestamp();
        }
    }

    public void Dispose()
    {
        PinnedBuffers.Return(_buffer);
        _buffer = [];
        (_start, _end) = (0, 0);
        stream.Dispose();
    }

    private async Task<int> ReadAsync(long? since, CancellationToken stop)
    {
        var into = _buffer.AsMemory(_end);
        if (since is not { } begun) return await stream.ReadAsync(into, stop).ConfigureAwait(false);
        var left = patience - time.GetElapsedTime(begun);
        if (left <= TimeSpan.Zero) throw new TimeoutException();
        using var end = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, end.Token);
        try
        {
            return await stream.ReadAsync(into, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    /// <summary>Moves what has been read to the beginning of the buffer, or into a larger one.</summary>
    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _buffer.AsSpan(_end - _start, _start).Clear();
            (_start, _end) = (0, _end - _start);
        }

        if (_end < _buffer.Length) return;
        var larger = PinnedBuffers.Rent(2 * _buffer.Length);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        PinnedBuffers.Return(_buffer);
        _buffer = larger;
    }
}
