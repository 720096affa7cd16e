namespace MtlsProbe.Handshake;

/// <summary>
/// A connection as a protocol sees it: a stream that records how it ended. It is bounded, under the deadline of its probe, and asynchronous only: no
/// thread waits for a peer. Reading returns 0 bytes after the end, and throws if the connection broke. Later writes are discarded, because only the
/// remaining input shows the reason.
/// </summary>
internal abstract class Conversation : Stream
{
    /// <summary>Null while it is open.</summary>
    public FinalEvent? FinalEvent { get; protected set; }

    public sealed override bool CanRead => true;

    public sealed override bool CanWrite => true;

    public sealed override bool CanSeek => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public sealed override void Flush()
    {
        // Nothing is buffered.
    }

    public sealed override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>0, or an exception if the connection broke.</summary>
    protected int Ended(FinalEvent ending)
    {
        FinalEvent = ending;
        return ending.SocketError is null ? 0 : throw new IOException(ending.Detail);
    }
}
