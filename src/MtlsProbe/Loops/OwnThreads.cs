using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MtlsProbe.Loops;

/// <summary>
/// Runs blocking work on separate threads, at most a given number at a time, and never on the pool. An idle thread ends after a while. Thread-safe.
/// </summary>
/// <param name="most">The maximum number of threads, and therefore of concurrent work.</param>
/// <param name="name">The name of the threads.</param>
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

    /// <summary>Waits for a thread, then for the end of the work.</summary>
    /// <param name="stop">Ends the wait for a thread. Work that has begun continues to its end, even if it hangs.</param>
    /// <exception cref="OperationCanceledException">The work has not begun and will not.</exception>
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

    /// <summary>The work has a place: finds an idle thread for it, or starts one.</summary>
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

    /// <summary>Never inlined: a waiting thread must not keep its last work alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HasDoneNext()
    {
        if (Next() is not { } work) return false;
        work();
        lock (_gate) _idle++;
        return true;
    }

    /// <summary>Null if there was no work for a while; the thread must then end.</summary>
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
