using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>
/// Translates a finding into the mapping that a user would write for it in the configuration; each key has the place of its label.
/// <c>__mtlsprobe_KEY</c> sets the key KEY, or a key of a block: <c>__mtlsprobe_http_path</c> sets <c>path</c> of <c>http</c>. A value that begins with
/// <c>[</c> or <c>{</c> is read as YAML. The grammar of the configuration checks the result.
/// </summary>
internal static class FoundTargetNode
{
    public const string NoFiles = "names a file, which a discovery source may not do";

    public const string NoFilesHint = "set it in the configuration, under target of the source";

    /// <summary>Prometheus uses the same prefix for labels that clash with its own.</summary>
    private const string Renamed = "exported_";

    private const int MaxValue = 4096;
    private const int MaxKey = 256;

    public static YamlNode Of(DiscoveredTarget found, Protocols protocols, ErrorList errors)
    {
        List<(YamlNode, YamlNode)> keys = [];
        List<(YamlNode, YamlNode)> labels = [];
        Dictionary<string, List<(YamlNode, YamlNode)>> blocks = [];
        var names = found.Labels.Select(label => label.Name).ToHashSet(StringComparer.Ordinal);
        var hasAddress = false;
        for (var i = 0; i < found.Labels.Count; i++)
        {
            var (name, value) = found.Labels[i];
            var at = found.LabelsAt.Count == 0 ? found.At : found.LabelsAt[i];
            var isKey = name.StartsWith(DiscoveredTarget.KeyPrefix, StringComparison.Ordinal);
            if (!isKey && (name != "name" || names.Contains(DiscoveredTarget.KeyPrefix + "name")))
            {
                labels.Add((Scalar(Free(name, names), at), Scalar(value, at)));
                continue;
            }

            if (value.Length == 0) continue; // in Prometheus, an empty label is the same as none
            var key = isKey ? name[DiscoveredTarget.KeyPrefix.Length..] : name;
            if (key.Length is 0 or > MaxKey) key = name[..Math.Min(name.Length, MaxKey)];
            hasAddress |= key == "address";
            var (block, inner) = Split(key, protocols);
            var entry = (Scalar(inner, at), ValueOf(value, at, errors));
            if (NamesFile(entry.Item1, entry.Item2) is { } file) errors.Add(file, key, NoFiles, NoFilesHint);
            if (block is null) keys.Add(entry);
            else if (blocks.TryGetValue(block, out var entries)) entries.Add(entry);
            else blocks[block] = [entry];
        }

        if (!hasAddress) keys.Insert(0, (Scalar("address", found.At), Scalar(found.Address, found.At)));
        foreach (var (block, entries) in blocks)
        {
            var at = new TextPlace(found.At.Source, entries[0].Item1.Line, entries[0].Item1.Column);
            keys.Add((Scalar(block, at), Mapping(entries, at)));
        }

        if (labels.Count > 0) keys.Add((Scalar("labels", found.At), Mapping(labels, found.At)));
        return Mapping(keys, found.At);
    }

    /// <summary>The block of a key, and the key in that block; no block for a key of the target itself.</summary>
    private static (string? Block, string Key) Split(string key, Protocols protocols)
    {
        if (protocols.KeysOfTarget.Contains(key)) return (null, key);
        var blocks = TargetKeys.Blocks.Select(block => (block.Name, Keys: (IEnumerable<string>)block.Names))
            .Concat(protocols.WithBlocks.Select(protocol => (Name: protocol.Block, Keys: (IEnumerable<string>)protocol.Keys)));
        foreach (var (block, keys) in blocks)
        {
            if (block is not null && key.StartsWith(block + "_", StringComparison.Ordinal) && keys.Contains(key[(block.Length + 1)..])) return (block, key[(block.Length + 1)..]);
        }

        return (null, key);
    }

    private static YamlNode ValueOf(string value, TextPlace at, ErrorList errors)
    {
        if (value[0] is not ('[' or '{')) return Scalar(value, at);
        if (value.Length > MaxValue)
        {
            errors.Add(at.Line, at.Column, "", $"has a list or block of more than {MaxValue} characters", null, at.Source);
            return new YamlUnusable(at.Line, at.Column) { File = at.Source };
        }

        var mistakes = new ErrorList(at.Source);
        if (YamlTree.Load(value, mistakes) is { } node && mistakes.Count == 0) return Moved(node, at);
        var problem = mistakes.TakeFirst()?.Problem ?? "it is empty";
        errors.Add(at.Line, at.Column, "", $"has a list or block that cannot be read: {problem}", "write it as in the configuration, for example [a, b]", at.Source);
        return new YamlUnusable(at.Line, at.Column) { File = at.Source };
    }

    /// <summary>The same node at the place of its label.</summary>
    private static YamlNode Moved(YamlNode node, TextPlace at) => node switch
    {
        YamlScalar scalar => new YamlScalar(at.Line, at.Column, scalar.Text, scalar.IsEmpty) { File = at.Source },
        YamlSequence list => new YamlSequence(at.Line, at.Column, [.. list.Items.Select(item => Moved(item, at))]) { File = at.Source },
        YamlMapping mapping => Mapping([.. mapping.Entries.Select(entry => (Moved(entry.Key, at), Moved(entry.Value, at)))], at),
        _ => new YamlUnusable(at.Line, at.Column) { File = at.Source },
    };

    /// <summary>The first key that names a file of this machine: all such keys end in _file, in every block.</summary>
    private static YamlNode? NamesFile(YamlNode key, YamlNode value) =>
        key is YamlScalar { Text: var name } && name.EndsWith("_file", StringComparison.Ordinal) ? key
        : (value as YamlMapping)?.Entries.Select(entry => NamesFile(entry.Key, entry.Value)).FirstOrDefault(file => file is not null);

    private static string Free(string name, HashSet<string> taken)
    {
        if (!LabelRules.IsReserved(name)) return name;
        do name = Renamed + name;
        while (!taken.Add(name));
        return name;
    }

    private static YamlScalar Scalar(string text, TextPlace at) => new(at.Line, at.Column, text, plain: text.Length == 0) { File = at.Source };

    private static YamlMapping Mapping(IReadOnlyList<(YamlNode, YamlNode)> entries, TextPlace at) => new(at.Line, at.Column, entries) { File = at.Source };
}
