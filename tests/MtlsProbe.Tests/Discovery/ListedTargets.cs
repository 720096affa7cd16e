using MtlsProbe.Discovery;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Discovery;

/// <summary>A source of targets that delivers what a test wants, and when.</summary>
internal sealed class ListedTargets(string name, TimeProvider time) : ITargetSource
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TargetSet _current = new(name);
    private Action _changed = () => { };

    public TargetSet Current => Volatile.Read(ref _current);

    public Task RunAsync(Action changed, CancellationToken stop)
    {
        _changed = changed;
        return _end.Task.WaitAsync(stop);
    }

    public void Give(params IEnumerable<Target> targets) => Replace(Current.Found(targets.ToValueList(), time.GetUtcNow()));

    public void Fail(string fault) => Replace(Current.Failed(fault, time.GetUtcNow()));

    /// <summary>Ends it with a bug.</summary>
    public void Break(Exception fault) => _end.SetException(fault);

    private void Replace(TargetSet next)
    {
        Volatile.Write(ref _current, next);
        _changed();
    }
}
