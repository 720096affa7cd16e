namespace MtlsProbe.Config;

/// <summary>From a YAML file to a configuration, or to every mistake in it. The grammar is in docs/configuration.md.</summary>
internal static class ConfigurationFile
{
    /// <param name="protocols">Those that it may name.</param>
    /// <param name="isFollowed">It will be read again whenever it changes; see <see cref="TextFile.Read"/>.</param>
    public static ConfigurationResult Load(string path, Protocols protocols, bool isFollowed = false)
    {
        using var file = TextFile.Open(path, isFollowed);
        using var more = new TargetFiles(path, isFollowed);
        var (text, mistake) = TextFile.TextOf(file[path], path);
        var result = mistake is null ? Parse(text!, path, protocols, more) : new ConfigurationResult(null, [mistake]) { Protocols = protocols };
        return result with { Fingerprint = TextFile.Fingerprint([.. file.Files, .. more.Contents]), TargetFiles = more.Patterns, FitNothing = more.FitNothing };
    }

    /// <param name="path">Used in the errors; relative paths of the configuration start at its directory.</param>
    /// <param name="more">Reads the target files that it names; null: they are not read.</param>
    public static ConfigurationResult Parse(string text, string path, Protocols protocols, TargetFiles? more = null)
    {
        var errors = new ErrorList(path);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var root = YamlTree.Load(text.TrimStart('\uFEFF'), errors);
        if (root is null && errors.Count == 0) errors.Add(1, 1, "", "the file is empty", "it needs at least a list of targets");
        var reader = new ConfigurationReader(directory, protocols, errors);
        var configuration = root is null ? null : reader.Read(root, more);
        var isGood = errors.Count == 0;
        return new ConfigurationResult(isGood ? configuration : null, errors.InOrder()) { Protocols = protocols, FoundTargets = isGood ? reader.FoundTargets : null };
    }
}
