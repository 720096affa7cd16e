using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// Holds what one source delivers, whatever the kind of source. A good version stays in use until a better one arrives, or until the source says that
/// there is nothing. Thread-safe except for <see cref="Replaced"/>.
/// </summary>
internal sealed class Held<T> : IDisposable
    where T : class
{
    private readonly Lock _gate = new();
    private readonly IMaterialSource<T> _source;
    private readonly Action _pushed;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Material<T> _current;
    private volatile IReadOnlyList<T> _recent = [];
    private Material<T>? _told;

    /// <param name="failed">Called with unexpected errors of the source, which continues.</param>
    /// <param name="pushed">Called when the source has pushed something.</param>
    public Held(IMaterialSource<T> source, Action<Exception> failed, Action pushed)
    {
        (_source, _pushed, Failed) = (source, pushed, failed);
        _current = new Material<T>(null, source.NothingYet);
        Files = source.Open(this);
    }

    /// <summary>The files to be polled; null if the source pushes.</summary>
    public FileFollower? Files { get; }

    /// <summary>For the source, to report unexpected errors.</summary>
    public Action<Exception> Failed { get; }

    /// <summary>The state of the source; null if it is files.</summary>
    public SourceState? State => _source.State;

    /// <summary>Completes when the source has delivered anything, even a fault.</summary>
    public Task Answered => _answered.Task;

    /// <summary>A fault until the source has delivered anything.</summary>
    public Material<T> Current => _current;

    /// <summary>The last two good versions, the newest first, kept even after they are gone.</summary>
    public IReadOnlyList<T> Recent => _recent;

    /// <summary>Called by the source: a good version, a fault, or neither, which means that an optional one does not exist.</summary>
    public void Take(Material<T> given)
    {
        lock (_gate)
        {
            if (given.Good is { } good && good != _current.Good) _recent = [good, .. _recent.Take(1)];
            _current = given is { Good: null, Fault: not null } ? given with { Good = _current.Good } : given;
        }

        Tell();
    }

    /// <summary>Called by the source: the version in use cannot be loaded at present. It stays in use.</summary>
    public void Complain(MaterialFault fault)
    {
        lock (_gate) _current = _current with { Fault = fault };
        Tell();
    }

    /// <summary>Called by the source: the version in use has been withdrawn, and must no longer be used.</summary>
    public void Withdraw(MaterialFault fault)
    {
        lock (_gate) _current = new Material<T>(null, fault);
        Tell();
    }

    /// <summary>Called by the source: the version in use is still, or again, what the source has.</summary>
    public void Confirm()
    {
        lock (_gate)
        {
            if (_current.Fault is null) return;
            _current = _current with { Fault = null };
        }

        Tell();
    }

    /// <summary>The current version if it has changed since the last call; otherwise null. For one thread at a time.</summary>
    public Material<T>? Replaced()
    {
        var (before, now) = (_told, _current);
        _told = now;
        return before == now ? null : before;
    }

    public void Dispose() => _source.Dispose();

    private void Tell()
    {
        _answered.TrySetResult();
        if (Files is null) _pushed();
    }
}
