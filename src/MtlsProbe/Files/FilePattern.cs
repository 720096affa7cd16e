using System.IO.Enumeration;

namespace MtlsProbe.Files;

/// <summary>
/// The files that a pattern names: <c>*</c> and <c>?</c> match any characters within a name, <c>**</c> alone any number of folders. As in a shell,
/// none of them matches a name that begins with a dot, so for a mounted secret only the links that programs use count. A pattern may match half the
/// disk, so the number of examined entries is limited.
/// </summary>
internal static class FilePattern
{
    /// <summary>Entries of folders that are examined for one pattern.</summary>
    private const int MostLooked = 200_000;

    /// <summary>Folders in folders below <c>**</c>.</summary>
    private const int MaxDepth = 16;

    private const string AnyFolders = "**";

    private static readonly FileProblem s_leadsNowhere = new(FileProblemKind.Unreadable, "is a link that leads nowhere, or where this user may not look");

    /// <summary>Whether it may name several files.</summary>
    public static bool Is(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>
    /// The files, in the order of their names; a path that is not a pattern is listed whether or not it exists. May hang if the file system does.
    /// </summary>
    /// <param name="most">The maximum; more are not looked for.</param>
    public static FoundFiles Expand(string pattern, int most)
    {
        if (!Is(pattern)) return new FoundFiles([pattern]);
        var folder = Folder(pattern);
        var search = new Search(folder, most);
        search.Into(folder, [.. pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).SkipWhile(part => !Is(part))], 0);
        return new FoundFiles(search.Found) { Cut = search.Cut, Problem = search.Problem };
    }

    /// <summary>The folder that a pattern looks into: as far as it names one.</summary>
    public static string Folder(string pattern) => "/" + string.Join('/', pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).TakeWhile(part => !Is(part)));

    /// <param name="root">The folder that has to exist; those below it may come and go.</param>
    private sealed class Search(string root, int most)
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly List<string> _found = [];
        private int _looked;
        private bool _isOver;

        public IReadOnlyList<string> Found => _found;

        public string? Cut { get; private set; }

        public PathProblem? Problem { get; private set; }

        /// <param name="parts">What is left of the pattern.</param>
        public void Into(string folder, ReadOnlySpan<string> parts, int depth)
        {
            if (_isOver) return;
            var (part, isLast) = (parts[0], parts.Length == 1);
            if (part == AnyFolders)
            {
                if (isLast) Each(folder, "*", wantsFolders: false, parts, depth);
                else Into(folder, parts[1..], depth);
                if (depth < MaxDepth) Each(folder, "*", wantsFolders: true, parts, depth + 1);
                else if (Entries(folder, "*").Exists(entry => entry is DirectoryInfo && entry.LinkTarget is null)) Cut ??= FormattableString.Invariant($"looks into more than {MaxDepth} folders, one in the other");
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

        /// <summary>Also a link that leads nowhere: who reads it is told so.</summary>
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

        /// <param name="wantsFolders">Whether to go into folders, or to take files.</param>
        private void Each(string folder, string name, bool wantsFolders, ReadOnlySpan<string> parts, int depth)
        {
            foreach (var entry in Entries(folder, name))
            {
                if (_isOver) return;
                var path = Path.Combine(folder, entry.Name);
                if (!wantsFolders) Add(entry is FileInfo ? path : null);
                else if (parts[0] == AnyFolders && entry.LinkTarget is not null) continue; // links may lead in circles
                else if (entry is DirectoryInfo) Into(path, parts, depth);
                else if (IsBroken(entry)) Problem ??= new PathProblem(path, s_leadsNowhere);
            }
        }

        /// <summary>Whether it is a link that leads nowhere: it may be one to a folder on what is not mounted.</summary>
        private static bool IsBroken(FileSystemInfo entry)
        {
            try
            {
                return entry.LinkTarget is not null && entry.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true };
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return true; // it leads in circles, or where this user may not look
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
                        End(FormattableString.Invariant($"is looked for among more than {MostLooked:N0} files and folders"));
                        break;
                    }

                    if (FileSystemName.MatchesSimpleExpression(name, entry.Name, ignoreCase: false) && (entry.Name[0] != '.' || name[0] == '.')) entries.Add(entry);
                }
            }
            catch (Exception e) when (FileProblem.Of(folder, e) is { } problem)
            {
                // Below the root, what is not there, or is a file, is no folder that the pattern names.
                if (folder == root || (problem.Kind != FileProblemKind.Missing && !File.Exists(folder))) Problem ??= new PathProblem(folder, problem);
            }

            entries.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
            return entries;
        }

        private void Add(string? path)
        {
            if (path is null || !_seen.Add(path)) return;
            if (_found.Count == most) End(FormattableString.Invariant($"names more than {most:N0} files"));
            else _found.Add(path);
        }

        private void End(string cut) => (_isOver, Cut) = (true, Cut ?? cut);
    }
}
