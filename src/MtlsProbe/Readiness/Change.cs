using System.Threading.Tasks.Sources;

namespace MtlsProbe.Readiness;

/// <summary>
/// A change that is awaited by one waiter at a time, again and again. A change between <see cref="Expect"/> and the wait is not lost. The waiter
/// continues on the thread that reports the change.
/// </summary>
internal sealed class Change : IValueTaskSource
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _wait; // the code that waits runs inside of Come
    private CancellationToken _token;
    private CancellationTokenRegistration _cancellation;
    private bool _hasCome;
    private bool _isAwaited;

    /// <summary>Only changes from now on count.</summary>
    public void Expect()
    {
        lock (_gate) _hasCome = false;
    }

    /// <summary>Ends at the first change since <see cref="Expect"/>.</summary>
    /// <exception cref="OperationCanceledException">Cancelled before there was one.</exception>
    public ValueTask WaitAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_hasCome) return ValueTask.CompletedTask;
            _wait.Reset();
            (_isAwaited, _token) = (true, cancellation);
        }

        // On another thread: code that is cancelled must not run inside the call that cancels it.
        _cancellation = cancellation.UnsafeRegister(static (change, token) => ThreadPool.UnsafeQueueUserWorkItem(_ => ((Change)change!).Cancel(token), null), this);
        return new ValueTask(this, _wait.Version);
    }

    public void Come()
    {
        lock (_gate)
        {
            _hasCome = true;
            if (!_isAwaited) return;
            _isAwaited = false;
        }

        _wait.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _cancellation.Dispose();
        _wait.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        lock (_gate)
        {
            if (!_isAwaited || _token != token) return; // an earlier wait, which has ended
            _isAwaited = false;
        }

        _wait.SetException(new OperationCanceledException(token));
    }
}
