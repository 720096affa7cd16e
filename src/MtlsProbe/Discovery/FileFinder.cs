using System.Globalization;
using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets in files, in the format of Prometheus' file_sd: what its patterns name, looked up anew at each turn, and each of them followed. A file that
/// cannot be read keeps the targets that it had, and so do all of a folder that is gone; those of a file that is gone by itself go.
/// </summary>
internal sealed class FileFinder : ITargetFinder
{
    private const int MostFiles = 10_000;

    /// <summary>Beyond them they are not read at each turn.</summary>
    private const int ManyFiles = 1000;

    private const int TurnsOfMany = 5;

    private readonly Loop _loop;
    private readonly PatternLook[] _looks;
    private Dictionary<string, FollowedGroups> _files = new(StringComparer.Ordinal); // one turn at a time
    private TargetsFound? _told;
    private int _turn;

    public FileFinder(FileDiscovery place, Loop loop)
    {
        _loop = loop;
        _looks = [.. place.Patterns.Select(pattern => new PatternLook(pattern, MostFiles, Failed))];
    }

    public Task<TargetsFound> LookAsync(CancellationToken stop)
    {
        Turn(stop);
        return Task.FromResult(Found());
    }

    public async Task RunAsync(Action<TargetsFound> told, CancellationToken stop)
    {
        await Task.Yield(); // a look may take seconds, and nobody waits for it
        await _loop.UntilDoneAsync(() => Turn(told, stop), Failed, stop).ConfigureAwait(false);
        await _loop.RunAsync(
            () =>
            {
                Turn(told, stop);
                return Task.CompletedTask;
            },
            FilePolls.Period,
            Failed,
            stop).ConfigureAwait(false);
    }

    public void Dispose()
    {
    }

    private void Turn(Action<TargetsFound> told, CancellationToken stop)
    {
        if (_turn++ % (_files.Count > ManyFiles ? TurnsOfMany : 1) != 0) return;
        Turn(stop);
        if (stop.IsCancellationRequested) return;
        var found = Found();
        if (found == _told) told(TargetsFound.Same with { Fault = found.Fault });
        else told(found);
        _told = found;
    }

    private void Turn(CancellationToken stop)
    {
        PatternLook.LookAt(_looks, stop);
        HashSet<string> wanted = [.. _looks.SelectMany(look => look.Found.Paths).Take(MostFiles)];

        // A folder that cannot be read says nothing of its files.
        if (Array.Exists(_looks, look => !look.HasLooked || look.Found.Problem is not null)) wanted.UnionWith(_files.Keys);
        var files = new Dictionary<string, FollowedGroups>(wanted.Count, StringComparer.Ordinal);
        foreach (var path in wanted) files[path] = _files.GetValueOrDefault(path) ?? new FollowedGroups(path, _loop.Time, Failed);
        _files = files;
        FilePolls.Once(files.Values.Select(file => file.Follower), PatientReads.Patience, stop);
    }

    /// <summary>In the order of the names of files, so that of two targets of one name it is always the same that is taken.</summary>
    private TargetsFound Found()
    {
        List<string> faults = [];
        foreach (var look in _looks)
        {
            if (!look.HasLooked) faults.Add($"{FilePattern.Folder(look.Pattern)} {FileProblem.NoAnswer.Text}");
            else if (look.Found.Problem is { } problem) faults.Add(problem.ToString());
            else if (look.Found.Cut is { } cut) faults.Add($"{look.Pattern} {cut}");
        }

        List<DiscoveredTarget> targets = [];
        foreach (var (_, file) in _files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            var (found, fault) = file.State;
            targets.AddRange(found);
            if (fault is not null) faults.Add(fault);
        }

        var more = faults.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" (and {faults.Count - 1} more)") : "";
        return new TargetsFound(targets.ToValueList(), faults.Count == 0 ? null : faults[0] + more);
    }

    private void Failed(Exception fault) => _loop.Failed();

    /// <summary>A file, and the targets that it had when it was good last.</summary>
    private sealed class FollowedGroups
    {
        private readonly Lock _gate = new();
        private (ValueList<DiscoveredTarget> Targets, string? Fault) _state;

        public FollowedGroups(string path, TimeProvider time, Action<Exception> failed)
        {
            _state = ([], $"{path} has not been read yet");
            Follower = new FileFollower(() => FileSet.Read([path], TargetGroups.MaxSize), Take, time)
            {
                NoAnswer = () => Fail($"{path} {FileProblem.NoAnswer.Text}"),
                Failed = failed,
            };
        }

        public FileFollower Follower { get; }

        public (ValueList<DiscoveredTarget> Targets, string? Fault) State
        {
            get { lock (_gate) return _state; }
        }

        private void Take(FileSet files)
        {
            var file = files.Files[0];
            if (file.Problem is { } problem)
            {
                Fail($"{file.Path} {problem.Text}");
                return;
            }

            var (targets, wrong) = TargetGroups.Read(file.Bytes, file.Path);
            if (wrong is not null) Fail(wrong);
            else lock (_gate) _state = (targets, null);
        }

        private void Fail(string fault)
        {
            lock (_gate) _state = (_state.Targets, fault);
        }
    }
}
