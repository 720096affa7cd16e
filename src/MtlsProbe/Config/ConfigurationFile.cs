namespace MtlsProbe.Config;

/// <summary>From a YAML file to a configuration, or to every mistake in it. The grammar is in docs/configuration.md.</summary>
internal static class ConfigurationFile
{
    /// <param name="protocols">Those that it may name.</param>
    /// <param name="isFollowed">It will be read again whenever it changes; see <see cref="TextFile.Read"/>.</param>
    public static ConfigurationResult Load(string path, Protocols protocols, bool isFollowed = false)
    {
        var (text, fingerprint, mistake) = TextFile.Read(path, isFollowed);
        var result = mistake is null ? Parse(text!, path, protocols) : new ConfigurationResult(null, [mistake]) { Protocols = protocols };
        return result with { Fingerprint = fingerprint };
    }

    /// <param name="path">Used in the errors; relative paths of the configuration start at its directory.</param>
    public static ConfigurationResult Parse(string text, string path, Protocols protocols)
    {
        var errors = new ErrorList(path);
        var directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var root = YamlTree.Load(text.TrimStart('\uFEFF'), errors);
        if (root is null && errors.Count == 0) errors.Add(1, 1, "", "the file is empty", "it needs at least a list of targets");
        var configuration = root is null ? null : new ConfigurationReader(directory, protocols, errors).Read(root);
        return new ConfigurationResult(errors.Count == 0 ? configuration : null, errors.InOrder()) { Protocols = protocols };
    }
}
