using System.IO.Enumeration;

namespace MtlsProbe.Inventories;

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

    /// <summary>Whether it may name several files.</summary>
    public static bool Is(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>
    /// The files, in the order of their names; a path that is not a pattern is listed whether or not it exists. May hang if the file system does. An
    /// unreadable folder has none.
    /// </summary>
    /// <param name="most">The maximum; if there are more, <paramref name="isCut"/> is set.</param>
    /// <param name="isCut">Whether there may be more.</param>
    public static IReadOnlyList<string> Expand(string pattern, int most, out bool isCut)
    {
        isCut = false;
        if (!Is(pattern)) return [pattern];
        var search = new Search(most);
        search.Into("/", pattern.Split('/', StringSplitOptions.RemoveEmptyEntries), 0);
        isCut = search.IsCut;
        return search.Found;
    }

    private sealed class Search(int most)
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly List<string> _found = [];
        private int _looked;

        public IReadOnlyList<string> Found => _found;

        public bool IsCut { get; private set; }

        /// <param name="parts">What is left of the pattern.</param>
        public void Into(string folder, ReadOnlySpan<string> parts, int depth)
        {
            if (IsCut) return;
            var (part, isLast) = (parts[0], parts.Length == 1);
            if (part == AnyFolders)
            {
                if (isLast) Each(folder, "*", wantsFolders: false, parts, depth);
                else Into(folder, parts[1..], depth);
                if (depth < MaxDepth) Each(folder, "*", wantsFolders: true, parts, depth + 1);
            }
            else if (Is(part)) Each(folder, part, wantsFolders: !isLast, isLast ? parts : parts[1..], depth);
            else if (!isLast) Into(Path.Combine(folder, part), parts[1..], depth);
            else if (File.Exists(Path.Combine(folder, part))) Add(Path.Combine(folder, part));
        }

        /// <param name="wantsFolders">Whether to go into folders, or to take files.</param>
        private void Each(string folder, string name, bool wantsFolders, ReadOnlySpan<string> parts, int depth)
        {
            foreach (var entry in Entries(folder, name))
            {
                if (IsCut) return;
                var path = Path.Combine(folder, entry.Name);
                if (!wantsFolders) Add(entry is FileInfo ? path : null);
                else if (entry is DirectoryInfo && (parts[0] != AnyFolders || entry.LinkTarget is null)) Into(path, parts, depth); // links may lead in circles
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
                        IsCut = true;
                        break;
                    }

                    if (FileSystemName.MatchesSimpleExpression(name, entry.Name, ignoreCase: false) && (entry.Name[0] != '.' || name[0] == '.')) entries.Add(entry);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is not there, or not for this user: nothing in it is named.
            }

            entries.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
            return entries;
        }

        private void Add(string? path)
        {
            if (path is null || !_seen.Add(path)) return;
            if (_found.Count == most) IsCut = true;
            else _found.Add(path);
        }
    }
}
