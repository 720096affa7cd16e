using System.IO.Enumeration;

namespace MtlsProbe.Files;

/// <summary>
/// The files that a pattern matches. <c>*</c> and <c>?</c> match any characters within a name; <c>**</c> as a whole name matches any number of
/// directories. As in a shell, none of them matches a name that begins with a dot: of a mounted secret, only the links that programs use count. A
/// pattern can match half the disk, so the number of examined entries is limited.
/// </summary>
internal static class FilePattern
{
    /// <summary>Maximum number of directory entries that are examined for one pattern.</summary>
    private const int MostLooked = 200_000;

    /// <summary>Maximum depth of directories below <c>**</c>.</summary>
    private const int MaxDepth = 16;

    private const string AnyFolders = "**";

    private static readonly FileProblem s_leadsNowhere = new(FileProblemKind.Unreadable, "is a broken link, or a link to a place that this user may not read");

    /// <summary>Whether the text is a pattern and can match several files.</summary>
    public static bool Is(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>
    /// The files in the order of their names; a path that is not a pattern is listed whether or not it exists. Can hang if the file system does.
    /// </summary>
    /// <param name="most">The maximum number; the search stops there.</param>
    public static FoundFiles Expand(string pattern, int most)
    {
        if (!Is(pattern)) return new FoundFiles([pattern]);
        var folder = Folder(pattern);
        var search = new Search(folder, most);
        search.Into(folder, [.. pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipWhile(part => !Is(part))], 0);
        return new FoundFiles(search.Found) { Cut = search.Cut, Problem = search.Problem };
    }

    /// <summary>The directory in which a pattern starts: its fixed first part.</summary>
    public static string Folder(string pattern) => "/" + string.Join('/', pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).TakeWhile(part => !Is(part)));

    /// <param name="root">The directory that must exist; those below it may come and go.</param>
    private sealed class Search(string root, int most)
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly List<string> _found = [];
        private int _looked;
        private bool _isOver;

        public IReadOnlyList<string> Found => _found;

        public string? Cut { get; private set; }

        public PathProblem? Problem { get; private set; }

        /// <param name="parts">The rest of the pattern.</param>
        public void Into(string folder, ReadOnlySpan<string> parts, int depth)
        {
            if (_isOver) return;
            var (part, isLast) = (parts[0], parts.Length == 1);
            if (part == AnyFolders)
            {
                if (isLast) Each(folder, "*", wantsFolders: false, parts, depth);
                else Into(folder, parts[1..], depth);
                if (depth < MaxDepth) Each(folder, "*", wantsFolders: true, parts, depth + 1);
                else if (Entries(folder, "*").Exists(entry => entry is DirectoryInfo && entry.LinkTarget is null)) Cut ??= FormattableString.Invariant($"matches directories more than {MaxDepth} levels deep");
            }
            else if (Is(part)) Each(folder, part, wantsFolders: !isLast, isLast ? parts : parts[1..], depth);
            else if (!isLast)
            {
                var next = Path.Combine(folder, part);
                if (!Directory.Exists(next) && IsBroken(new FileInfo(next))) Problem ??= new PathProblem(next, s_leadsNowhere);
                else Into(next, parts[1..], depth);
            }
            else if (IsThere(Path.Combine(folder, part))) Add(Path.Combine(folder, part));
        }

        /// <summary>True also for a broken link: the reader reports it.</summary>
        private bool IsThere(string path)
        {
            try
            {
                return (File.GetAttributes(path) & FileAttributes.Directory) == 0;
            }
            catch (Exception e) when (FileProblem.Of(path, e) is { } problem)
            {
                if (problem.Kind != FileProblemKind.Missing) Problem ??= new PathProblem(path, problem);
                return false;
            }
        }

        /// <param name="wantsFolders">Whether to enter directories, or to take files.</param>
        private void Each(string folder, string name, bool wantsFolders, ReadOnlySpan<string> parts, int depth)
        {
            foreach (var entry in Entries(folder, name))
            {
                if (_isOver) return;
                var path = Path.Combine(folder, entry.Name);
                if (!wantsFolders) Add(entry is FileInfo ? path : null);
                else if (parts[0] == AnyFolders && entry.LinkTarget is not null) continue; // links can be circular
                else if (entry is DirectoryInfo) Into(path, parts, depth);
                else if (IsBroken(entry)) Problem ??= new PathProblem(path, s_leadsNowhere);
            }
        }

        /// <summary>Whether it is a broken link: its target may be a directory on a volume that is not mounted.</summary>
        private static bool IsBroken(FileSystemInfo entry)
        {
            try
            {
                return entry.LinkTarget is not null && entry.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true };
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return true; // it is circular, or this user may not read the target
            }
        }

        private List<FileSystemInfo> Entries(string folder, string name)
        {
            List<FileSystemInfo> entries = [];
            try
            {
                foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
                {
                    if (++_looked > MostLooked)
                    {
                        End(FormattableString.Invariant($"has to be searched for among more than {MostLooked:N0} files and directories"));
                        break;
                    }

                    if (FileSystemName.MatchesSimpleExpression(name, entry.Name, ignoreCase: false) && (entry.Name[0] != '.' || name[0] == '.')) entries.Add(entry);
                }
            }
            catch (Exception e) when (FileProblem.Of(folder, e) is { } problem)
            {
                // Below the root, a missing directory or a file is not a match of the pattern, and no problem.
                if (folder == root || (problem.Kind != FileProblemKind.Missing && !File.Exists(folder))) Problem ??= new PathProblem(folder, problem);
            }

            entries.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
            return entries;
        }

        private void Add(string? path)
        {
            if (path is null || !_seen.Add(path)) return;
            if (_found.Count == most) End(FormattableString.Invariant($"matches more than {most:N0} files"));
            else _found.Add(path);
        }

        private void End(string cut) => (_isOver, Cut) = (true, Cut ?? cut);
    }
}
