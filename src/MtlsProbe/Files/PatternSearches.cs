using System.Runtime.ExceptionServices;

namespace MtlsProbe.Files;

/// <summary>Several patterns, each searched on a thread that may be lost: see <see cref="PatientReads"/>.</summary>
internal static class PatternSearches
{
    /// <summary>Patterns whose last search has not ended; also the lock for the state that searches share.</summary>
    private static readonly HashSet<string> s_hanging = new(StringComparer.Ordinal);

    /// <summary>
    /// The matches of each pattern. If a search does not end in time, the pattern counts as unreadable, and is not searched again until that search
    /// has ended: each search that hangs occupies a thread.
    /// </summary>
    /// <param name="search">The same as <see cref="FilePattern.Expand"/>; can hang.</param>
    /// <param name="patience">The time for the first search that hangs; each further one gets less.</param>
    public static IReadOnlyList<FoundFiles> Run(IReadOnlyList<string> patterns, Func<string, FoundFiles> search, TimeSpan patience)
    {
        var results = new FoundFiles?[patterns.Count];
        var searching = new bool[patterns.Count];
        var isOver = false;
        Exception? fault = null;
        Action[] steps;
        lock (s_hanging) steps = [.. Enumerable.Range(0, patterns.Count).Where(i => !s_hanging.Contains(patterns[i])).Select(i => (Action)(() => SearchInto(i)))];
        PatientReads.Run(steps, patience);
        lock (s_hanging)
        {
            isOver = true;
            for (var i = 0; i < patterns.Count; i++)
            {
                if (searching[i]) s_hanging.Add(patterns[i]);
            }

            if (fault is not null) ExceptionDispatchInfo.Throw(fault);
            return [.. patterns.Select((pattern, i) => results[i] ?? new FoundFiles([]) { Problem = new PathProblem(FilePattern.Folder(pattern), FileProblem.NoAnswer) })];
        }

        void SearchInto(int i)
        {
            lock (s_hanging) searching[i] = true;
            FoundFiles? result = null;
            Exception? thrown = null;
            try
            {
                result = search(patterns[i]);
            }
            catch (Exception e) // it must not end the thread; the caller handles it
            {
                thrown = e;
            }

            lock (s_hanging)
            {
                searching[i] = false;
                if (isOver) s_hanging.Remove(patterns[i]);
                else (results[i], fault) = (result, fault ?? thrown);
            }
        }
    }
}
