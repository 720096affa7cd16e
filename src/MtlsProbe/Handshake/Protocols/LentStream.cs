namespace MtlsProbe.Handshake;

/// <summary>
/// A session lent to <see cref="HttpClient"/>, which reads and writes concurrently and decides itself when to stop. After <see cref="EndAsync"/> it
/// no longer uses the session. One octet of its output is changed, because it assumes plain text.
/// </summary>
internal sealed class LentStream(Stream session, CancellationToken cancellation) : Stream
{
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    private readonly SchemeOctet _scheme = new();
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _uses;
    private bool _isOver;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Takes the session back: waits until pending operations have ended, and allows no more.</summary>
    public async Task EndAsync()
    {
        lock (_gate)
        {
            _isOver = true;
            if (_uses == 0) _idle.SetResult();
        }

        await _end.CancelAsync().ConfigureAwait(false);
        await _idle.Task.ConfigureAwait(false);
        _end.Dispose();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return ValueTask.FromResult(0); // it checks in this way whether there is input; the next read waits
        return UseAsync(() => session.ReadAsync(buffer, _end.Token));
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var bytes = buffer.ToArray();
        _scheme.Change(bytes);
        await UseAsync(async () =>
        {
            await session.WriteAsync(bytes, _end.Token).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
        // Nothing is buffered.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Entered before the first byte is touched: a step does much of its work, such as all of TLS, before it first waits.</summary>
    /// <exception cref="IOException">The session has been taken back.</exception>
    private async ValueTask<T> UseAsync<T>(Func<ValueTask<T>> step)
    {
        lock (_gate)
        {
            if (_isOver) throw new IOException("the session has been taken back");
            _uses++;
        }

        try
        {
            return await step().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                if (--_uses == 0 && _isOver) _idle.SetResult();
            }
        }
    }
}
