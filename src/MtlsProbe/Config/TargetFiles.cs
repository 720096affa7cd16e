using System.Globalization;
using MtlsProbe.Files;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>
/// The files with further targets that a configuration names by <c>targets_files</c>. For one reading of it; what was read stays until disposal, for the
/// fingerprint.
/// </summary>
/// <param name="configuration">The path of the configuration as the user named it; the patterns are relative to its directory.</param>
/// <param name="isFollowed">They will be read again, and nothing may hang for them.</param>
internal sealed class TargetFiles(string configuration, bool isFollowed) : IDisposable
{
    private const int MostFiles = 10_000;

    /// <summary>In bytes, of all of them.</summary>
    private const long MostBytes = 64 * 1024 * 1024;

    private const int MostPatterns = 100;

    private readonly string _own = Path.GetFullPath(configuration);
    private readonly string _directory = Path.GetDirectoryName(Path.GetFullPath(configuration)) ?? "/";
    private FileSet? _read;

    /// <summary>Absolute; as they were read.</summary>
    public ValueList<string> Patterns { get; private set; } = [];

    /// <summary>What was read.</summary>
    public IReadOnlyList<FileContent> Contents => _read?.Files ?? [];

    /// <summary>Where in the configuration a pattern stands that names no file.</summary>
    public ValueList<string> FitNothing { get; private set; } = [];

    /// <summary>One look at a configuration and at the files that it names, the configuration first. May hang.</summary>
    /// <param name="patterns">Absolute.</param>
    public static FileSet Look(string configuration, ValueList<string> patterns)
    {
        List<FoundFiles> found = [.. patterns.Select(Expand)];
        var read = Reader(found, patterns);
        return FileSet.Read(
            [configuration, .. Named(configuration, found, patterns)],
            path => path == configuration ? FileContent.Read(path, TextFile.MaxSize, mayBePipe: false) : read(path));
    }

    /// <summary>The targets of all of them, in the order of the patterns and of the names of files.</summary>
    /// <param name="setting">The key that names them.</param>
    public IReadOnlyList<YamlNode> Read(Setting<ValueList<string>> setting, ErrorList errors)
    {
        if (!setting.Valid) return [];
        if (setting.Value.Count > MostPatterns)
        {
            errors.Add(setting.At, setting.Where, $"has more than {MostPatterns} entries", "a pattern such as targets.d/*.yml names many files");
            return [];
        }

        Patterns = setting.Value.Select(pattern => Path.GetFullPath(pattern, _directory)).ToValueList();
        var found = isFollowed ? PatternSearches.Run(Patterns, Expand, FileSet.Patience) : [.. Patterns.Select(Expand)];
        HashSet<string> unread = [.. Patterns.Where((_, index) => GapOf(found[index]) is not null)];
        foreach (var (index, files) in found.Index())
        {
            if (files.Problem is { } problem) Complain(index, problem.ToString(), problem.Problem.Kind == FileProblemKind.Missing ? "make the folder, which may be empty" : null);
            if (files.Cut is { } cut) Complain(index, cut, "write a narrower pattern");
            if (Patterns[index] == _own) Complain(index, "is this configuration itself", "it names other files, with a list of targets in each");
        }

        FitNothing = [.. found.Index().Where(one => GapOf(one.Item) is null && one.Item.Paths.All(path => path == _own) && FilePattern.Is(Patterns[one.Index])).Select(one => Where(one.Index))];
        var (paths, read) = (Named(configuration, found, Patterns), Reader(found, Patterns));
        if (paths.Count > MostFiles) errors.Add(setting.At, setting.Where, string.Create(CultureInfo.InvariantCulture, $"names more than {MostFiles:N0} files altogether"), "write more targets into each file");
        _read = isFollowed ? FileSet.ReadPatiently(paths, read, FileSet.Patience) : FileSet.Read(paths, read);
        List<YamlNode> targets = [];
        foreach (var file in _read.Files.Where(file => !unread.Contains(file.Path)))
        {
            if (file.Problem is { } fault) Complain(found.Index().First(files => files.Item.Paths.Contains(file.Path)).Index, $"{Shown(file.Path)} {fault.Text}", null);
            else targets.AddRange(TargetsOf(file, errors));
        }

        return targets;

        string Where(int index) => string.Create(CultureInfo.InvariantCulture, $"{setting.Where}[{index}]");

        void Complain(int index, string problem, string? hint) => errors.Add(((YamlSequence)setting.At).Items[index], Where(index), problem, hint);
    }

    public void Dispose() => _read?.Dispose();

    private IReadOnlyList<YamlNode> TargetsOf(FileContent file, ErrorList errors)
    {
        var shown = Shown(file.Path);
        var (text, mistake) = TextFile.TextOf(file, shown);
        if (mistake is not null)
        {
            errors.Add(mistake.Line, mistake.Column, mistake.Where, mistake.Problem, mistake.Hint, shown);
            return [];
        }

        var before = errors.Count;
        var root = YamlTree.Load(text!, errors, shown);
        if (root is YamlSequence list) return list.Items;
        if (errors.Count > before) return [];
        if (root is null or { IsEmpty: true }) errors.Add(1, 1, "", "the file is empty", "it needs a list of targets; write [] where there is none", shown);
        else errors.Add(root, "", $"the file has to be a list of targets, not {root.Kind}", "write what would stand below targets, beginning with a dash: - name: NAME");
        return [];
    }

    private static FoundFiles Expand(string pattern) => FilePattern.Expand(pattern, MostFiles);

    /// <summary>
    /// Each once, and one more than there may be; the configuration itself is none of them. A pattern stands for what it would name, where that is not
    /// known.
    /// </summary>
    private static List<string> Named(string configuration, IReadOnlyList<FoundFiles> found, ValueList<string> patterns)
    {
        var own = Path.GetFullPath(configuration);
        var named = found.SelectMany((files, index) => GapOf(files) is null ? files.Paths : [.. files.Paths, patterns[index]]);
        return [.. named.Where(path => path != own).Distinct(StringComparer.Ordinal).Take(MostFiles + 1)];
    }

    /// <summary>Why there may be more files; null: there are not.</summary>
    private static string? GapOf(FoundFiles files) => files.Problem?.ToString() ?? files.Cut;

    /// <summary>Reads them one after another, as long as all together are not too large.</summary>
    private static Func<string, FileContent> Reader(IReadOnlyList<FoundFiles> found, ValueList<string> patterns)
    {
        var left = MostBytes;
        Dictionary<string, string> broken = [];
        foreach (var (pattern, files) in patterns.Zip(found))
        {
            if (GapOf(files) is { } gap) broken[pattern] = gap;
        }

        return path =>
        {
            if (broken.TryGetValue(path, out var problem)) return FileContent.Broken(path, new FileProblem(FileProblemKind.Missing, problem));
            if (Interlocked.Read(ref left) <= 0) return FileContent.Broken(path, new FileProblem(FileProblemKind.Unsuitable, $"is not read: the files before it have more than {MostBytes >> 20} MiB"));
            var file = FileContent.Read(path, TextFile.MaxSize, mayBePipe: false);
            Interlocked.Add(ref left, -file.Bytes.Length);
            return file;
        };
    }

    /// <summary>As the user would name it.</summary>
    private string Shown(string path)
    {
        var folder = _directory.EndsWith('/') ? _directory : _directory + "/";
        return path.StartsWith(folder, StringComparison.Ordinal) ? Path.Combine(Path.GetDirectoryName(configuration) ?? "", path[folder.Length..]) : path;
    }
}
