using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>A followed file with lists of targets, and the targets that it had when it was last good. Thread-safe.</summary>
internal sealed class FollowedList : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly ListBudget _budget;
    private (ValueList<DiscoveredTarget> Targets, string? Problem)? _state;
    private int _size; // in the budget
    private bool _isDisposed;

    public FollowedList(string path, ListBudget budget, FinderFaults faults)
    {
        (_path, _budget) = (path, budget);
        Follower = new FileFollower(() => FileSet.Read([path], TargetGroups.MaxSize), Take, faults.Time)
        {
            NoAnswer = () => Fail($"{path} {FileProblem.NoAnswer.Text}"),
            Failed = fault =>
            {
                faults.Add(fault);
                Fail($"{path} cannot be read: {FinderFaults.Words(fault)}");
            },
        };
    }

    public FileFollower Follower { get; }

    /// <summary>The last good targets, and what is wrong with the file now; null before the file was read for the first time.</summary>
    public (ValueList<DiscoveredTarget> Targets, string? Problem)? State
    {
        get
        {
            lock (_gate)
            {
                return _state is (var targets, null) && Follower.IsUnsettled
                    ? (targets, $"{_path} changes so often that it has not been the same for two reads in a row for {FileFollower.Patience.TotalSeconds:0} s")
                    : _state;
            }
        }
    }

    /// <summary>The file is no longer followed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _budget.TryReplace(_size, 0);
            _size = 0;
        }
    }

    private void Take(FileSet files)
    {
        var file = files.Files[0];
        if (file.Problem is { } problem)
        {
            Fail($"{_path} {problem.Text}");
            return;
        }

        var (targets, wrong) = TargetGroups.Read(file.Bytes, _path);
        if (wrong is not null) Fail(wrong);
        else Keep(targets, file.Bytes.Length);
    }

    private void Keep(ValueList<DiscoveredTarget> targets, int size)
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            if (_budget.TryReplace(_size, size)) (_state, _size) = ((targets, null), size);
            else _state = (_state?.Targets ?? [], $"{_path} is too large: all files of the source together have more than {ListBudget.MaxSize >> 20} MiB");
        }
    }

    private void Fail(string problem)
    {
        lock (_gate) _state = (_state?.Targets ?? [], problem);
    }
}
