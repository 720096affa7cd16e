using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The keys that a target or the defaults give, as far as they are given.</summary>
internal sealed record TargetDraft
{
    private static readonly object?[] s_noSettings = new object?[TargetKeys.All.Count];
    private static readonly Dictionary<string, Section> s_noBlocks = [];

    /// <summary>The mapping itself; null for defaults that are not there.</summary>
    public Section? Here { get; private init; }

    public Setting<string>? Name { get; private init; }

    public Setting<HostPort>? Address { get; private init; }

    public Setting<ProtocolGrammar>? Protocol { get; private init; }

    /// <summary>The blocks of protocols, by their keys; the protocol of this target interprets its own.</summary>
    public IReadOnlyDictionary<string, Section> Blocks { get; private init; } = s_noBlocks;

    /// <summary>A key of <see cref="TargetKeys"/>; null where it is not given.</summary>
    public Setting<T>? Of<T>(TargetKey<T> key) => (Setting<T>?)Settings[key.Index];

    /// <summary>By <see cref="TargetKey.Index"/>.</summary>
    private object?[] Settings { get; init; } = s_noSettings;

    public IReadOnlyList<Label> Labels { get; private init; } = [];

    public static TargetDraft ReadTarget(YamlNode node, string where, Protocols protocols, ErrorList errors)
    {
        var section = Section.Open(node, where, errors, protocols.KeysOfTarget);
        var intelligible = section.IsIntelligible;
        if (intelligible && !section.Has("name")) errors.Add(node, where, "has no name", "name: NAME, it is on every series");
        if (intelligible && !section.Has("address")) errors.Add(node, where, "has no address", "address: HOST:PORT");
        return Read(section, protocols, errors) with
        {
            Name = section.Read("name", Grammar.Name),
            Address = section.Read("address", Grammar.Place),
        };
    }

    /// <summary>A discovered target. The caller knows a name for it if it has none.</summary>
    public static TargetDraft ReadFound(YamlNode node, string where, Protocols protocols, ErrorList errors)
    {
        var section = Section.Open(node, where, errors, protocols.KeysOfTarget);
        return Read(section, protocols, errors) with { Name = section.Read("name", Grammar.Name), Address = section.Read("address", Grammar.Place) };
    }

    public static TargetDraft ReadDefaults(Section section, Protocols protocols, ErrorList errors) => Read(section, protocols, errors);

    public static Section? OpenDefaults(Section file, Protocols protocols) => file.Open("defaults", protocols.KeysOfDefaults);

    /// <summary>The block of a protocol; null where it has none or none is given.</summary>
    public Section? BlockOf(ProtocolGrammar protocol) => protocol.Block is { } key ? Blocks.GetValueOrDefault(key) : null;

    /// <summary>This draft, and the other's keys where it gives none. Labels are merged; its own win.</summary>
    public TargetDraft Over(TargetDraft defaults) => this with
    {
        Settings = Merged(Settings, defaults.Settings),
        Protocol = Protocol ?? defaults.Protocol,
        Blocks = Blocks.Count == 0 ? defaults.Blocks : Blocks.Keys.Union(defaults.Blocks.Keys).ToDictionary(key => key, key =>
            Blocks.TryGetValue(key, out var own) ? own.Over(defaults.Blocks.GetValueOrDefault(key)) : defaults.Blocks[key]),
        Labels = defaults.Labels.Count == 0 ? Labels : [.. Labels, .. defaults.Labels.ExceptBy(Labels.Select(label => label.Name), label => label.Name)],
    };

    /// <summary>This draft without passwords for servers: a discovered target must not get those of the defaults, because its source chooses the server.</summary>
    public TargetDraft WithoutPasswords()
    {
        var settings = (object?[])Settings.Clone();
        settings[TargetKeys.Login.Index] = null;
        return this with
        {
            Settings = settings,
            Blocks = Blocks.Where(block => !block.Value.Entries.Any(entry => entry.Name.EndsWith("_file", StringComparison.Ordinal))).ToDictionary(),
        };
    }

    private static object?[] Merged(object?[] own, object?[] defaults)
    {
        var merged = new object?[own.Length];
        for (var i = 0; i < merged.Length; i++) merged[i] = own[i] ?? defaults[i];
        return merged;
    }

    private static TargetDraft Read(Section section, Protocols protocols, ErrorList errors)
    {
        var settings = new object?[TargetKeys.All.Count];
        foreach (var block in TargetKeys.Blocks)
        {
            if ((block.Name is null ? section : section.Open(block.Name, block.Names)) is not { } keys) continue;
            foreach (var key in block.Keys) settings[key.Index] = key.Read(keys);
        }

        return new TargetDraft
        {
            Here = section,
            Settings = settings,
            Protocol = section.Read("protocol", protocols.Named),
            Blocks = BlocksOf(section, protocols),
            Labels = section.Open("labels") is { } labels ? LabelRules.Read(labels, errors) : [],
        };
    }

    /// <summary>Each is read for its mistakes, whatever is spoken in the end.</summary>
    private static Dictionary<string, Section> BlocksOf(Section section, Protocols protocols)
    {
        var blocks = s_noBlocks;
        foreach (var protocol in protocols.WithBlocks)
        {
            if (section.Open(protocol.Block!, [.. protocol.Keys]) is not { } block) continue;
            protocol.Read(block);
            if (blocks == s_noBlocks) blocks = [];
            blocks.Add(protocol.Block!, block);
        }

        return blocks;
    }
}
