using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MtlsProbe.Loops;

/// <summary>
/// Does what blocks on threads of its own, so many at a time at most, and never on the pool. A thread that has had nothing to do for a while
/// ends. Thread-safe.
/// </summary>
/// <param name="most">Of the threads, and so of the pieces of work under way.</param>
/// <param name="name">Of the threads.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore without a wait handle holds nothing.")]
internal sealed class OwnThreads(int most, string name)
{
    private const int StackBytes = 512 * 1024;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly SemaphoreSlim _places = new(most);
    private readonly Queue<Action> _admitted = new();
    private int _threads;
    private int _idle;

    /// <summary>Waits for a thread, and then for the end of the work.</summary>
    /// <param name="stop">Ends the waiting for a thread. Work that has begun goes on to its end, also where it hangs.</param>
    /// <exception cref="OperationCanceledException">The work has not begun, and does not.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken stop)
    {
        await _places.WaitAsync(stop).ConfigureAwait(false);
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            Admit(Work);
        }
        catch
        {
            _places.Release();
            throw;
        }

        return await result.Task.ConfigureAwait(false);

        void Work()
        {
            try
            {
                result.SetResult(work());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
            finally
            {
                _places.Release();
            }
        }
    }

    /// <summary>Who has a place finds a thread that has none to do, or may have one more.</summary>
    private void Admit(Action work)
    {
        lock (_gate)
        {
            if (_idle > _admitted.Count)
            {
                _admitted.Enqueue(work);
                Monitor.Pulse(_gate);
                return;
            }

            new Thread(Run, StackBytes) { IsBackground = true, Name = name }.Start();
            _threads++;
            _idle++;
            _admitted.Enqueue(work);
        }
    }

    private void Run()
    {
        while (HasDoneNext())
        {
        }
    }

    /// <summary>Never inlined: a thread that waits shall not keep alive what it has done last.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HasDoneNext()
    {
        if (Next() is not { } work) return false;
        work();
        lock (_gate) _idle++;
        return true;
    }

    /// <summary>Null when there has been nothing for a while; the thread has to end then.</summary>
    private Action? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_admitted.TryDequeue(out var work))
                {
                    _idle--;
                    return work;
                }

                if (Monitor.Wait(_gate, s_idle) || _admitted.Count > 0) continue;
                _idle--;
                _threads--;
                return null;
            }
        }
    }
}
