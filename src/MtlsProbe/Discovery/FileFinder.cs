using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets in files in the format of Prometheus' file_sd. Patterns are matched again in each cycle, and each matching file is followed. A file that cannot
/// be read keeps its last targets, and so do all files of a folder that is missing. A file that was removed from its folder loses them.
/// </summary>
internal sealed class FileFinder : ITargetFinder
{
    private const int MostFiles = 10_000;

    /// <summary>More files than this are read in every fifth cycle only.</summary>
    private const int ManyFiles = 1000;

    private const int CyclesOfMany = 5;

    /// <summary>Files whose reads may hang at a time: each takes a thread.</summary>
    private const int MostHanging = 32;

    /// <summary>For a look that reads everything for the first time.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Between two attempts to complete such a look.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(20);

    private readonly FinderFaults _faults;
    private readonly PatternLook[] _looks;
    private readonly ListBudget _budget = new();
    private readonly long _begun;
    private Dictionary<string, FollowedList> _files = new(StringComparer.Ordinal); // one cycle at a time
    private TargetsFound? _reported;
    private bool _isStuck; // whether files were left out because too many others hang
    private int _cycle;

    public FileFinder(FileDiscovery place, FinderFaults faults)
    {
        _faults = faults;
        _begun = faults.Time.GetTimestamp();
        _looks = [.. place.Patterns.Select(pattern => new PatternLook(pattern, MostFiles, faults.Add))];
    }

    /// <summary>Whether every pattern was matched and every file was read, or is known not to answer.</summary>
    private bool IsComplete => Array.TrueForAll(_looks, look => look.HasLooked || IsOverdue(look)) && (_isStuck || _files.Values.All(file => file.State is not null));

    public async Task<TargetsFound> LookAsync(CancellationToken stop)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // other sources look at the same time
        Poll(stop);
        while (!IsComplete && _faults.Time.GetElapsedTime(_begun) < s_patience)
        {
            await Task.Delay(s_again, _faults.Time, stop).ConfigureAwait(false);
            Poll(stop);
        }

        var found = Found();
        return IsComplete ? found : found with { Fault = found.Fault ?? FormattableString.Invariant($"not all files could be read within {s_patience.TotalSeconds:0} s") };
    }

    public async Task RunAsync(Action<TargetsFound> report, CancellationToken stop)
    {
        await Task.Yield(); // a cycle may take seconds
        await _faults.Loop.UntilDoneAsync(() => Cycle(report, stop), _faults.Log, stop).ConfigureAwait(false);
        await _faults.Loop.RunAsync(
            () =>
            {
                Cycle(report, stop);
                return Task.CompletedTask;
            },
            FilePolls.Period,
            _faults.Log,
            stop).ConfigureAwait(false);
    }

    public void Dispose()
    {
    }

    private void Cycle(Action<TargetsFound> report, CancellationToken stop)
    {
        if (_cycle++ % (_files.Count > ManyFiles ? CyclesOfMany : 1) != 0) return;
        Poll(stop);
        if (stop.IsCancellationRequested || (_reported is null && !IsComplete)) return;
        var found = Found();
        report(found == _reported ? TargetsFound.Same with { Fault = found.Fault } : found);
        _reported = found;
    }

    private void Poll(CancellationToken stop)
    {
        PatternLook.LookAt(_looks, stop);
        HashSet<string> wanted = [.. _looks.SelectMany(look => look.Found.Paths).Take(MostFiles)];

        // A folder that cannot be read does not show whether its files are still there.
        if (Array.Exists(_looks, look => !look.HasLooked || look.Found.Problem is not null)) wanted.UnionWith(_files.Keys);
        var files = new Dictionary<string, FollowedList>(wanted.Count, StringComparer.Ordinal);
        foreach (var path in wanted) files[path] = _files.GetValueOrDefault(path) ?? new FollowedList(path, _budget, _faults);
        foreach (var (path, gone) in _files)
        {
            if (!files.ContainsKey(path)) gone.Dispose();
        }

        _files = files;
        var hanging = 0;
        foreach (var some in files.Values.Chunk(MostHanging))
        {
            if (stop.IsCancellationRequested || hanging >= MostHanging) break;
            FilePolls.Once(some.Select(file => file.Follower), PatientReads.Patience, stop);
            hanging += some.Count(file => file.Follower.IsPolling);
        }

        _isStuck = hanging >= MostHanging;
    }

    /// <summary>In the order of the file names, so that of two targets with one name the same one is always taken.</summary>
    private TargetsFound Found()
    {
        List<string> problems = [];
        foreach (var look in _looks)
        {
            if (IsOverdue(look)) problems.Add($"{FilePattern.Folder(look.Pattern)} {FileProblem.NoAnswer.Text}");
            else if (look.Found.Problem is { } problem) problems.Add(problem.ToString());
            else if (look.Found.Cut is { } cut) problems.Add($"{look.Pattern} {cut}");
        }

        if (_isStuck) problems.Add(FormattableString.Invariant($"{MostHanging} files do not answer, and the others are not read"));
        List<DiscoveredTarget> targets = [];
        foreach (var (_, file) in _files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (file.State is not var (found, problem)) continue; // new, and read soon
            targets.AddRange(found);
            if (problem is not null) problems.Add(problem);
        }

        return new TargetsFound(targets.ToValueList(), TargetsFound.Summary(problems));
    }

    private bool IsOverdue(PatternLook look) => !look.HasLooked && _faults.Time.GetElapsedTime(_begun) >= FileFollower.Patience;
}
