using System.Collections.Immutable;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The keys that a target or the defaults give, as far as they are given.</summary>
internal sealed record TargetDraft
{
    /// <summary>The mapping itself; null for defaults that are not there.</summary>
    public Section? Here { get; private init; }

    public Setting<string>? Name { get; private init; }

    public Setting<HostPort>? Address { get; private init; }

    public Setting<ProtocolGrammar>? Protocol { get; private init; }

    /// <summary>The blocks of protocols, by their keys: what the protocol of this target makes of its own is for it to say.</summary>
    public IReadOnlyDictionary<string, Section> Blocks { get; private init; } = ImmutableDictionary<string, Section>.Empty;

    /// <summary>A key of <see cref="TargetKeys"/>; null where it is not given.</summary>
    public Setting<T>? Of<T>(TargetKey<T> key) => (Setting<T>?)Settings.GetValueOrDefault(key);

    private ImmutableDictionary<TargetKey, object> Settings { get; init; } = ImmutableDictionary<TargetKey, object>.Empty;

    public IReadOnlyList<Label> Labels { get; private init; } = [];

    public static TargetDraft ReadTarget(YamlNode node, string where, Protocols protocols, ErrorList errors)
    {
        var section = Section.Open(node, where, errors, ["name", "address", .. SharedKeys(protocols)]);
        var intelligible = section.IsIntelligible;
        if (intelligible && !section.Has("name")) errors.Add(node, where, "has no name", "name: NAME, it is on every series");
        if (intelligible && !section.Has("address")) errors.Add(node, where, "has no address", "address: HOST:PORT");
        return Read(section, protocols, errors) with
        {
            Name = section.Read("name", Grammar.Name),
            Address = section.Read("address", Grammar.Place),
        };
    }

    public static TargetDraft ReadDefaults(Section section, Protocols protocols, ErrorList errors) => Read(section, protocols, errors);

    public static Section? OpenDefaults(Section file, Protocols protocols) => file.Open("defaults", SharedKeys(protocols));

    /// <summary>The block of a protocol; an empty one where it has none or none is given.</summary>
    public Section BlockOf(ProtocolGrammar protocol) => protocol.Block is { } key && Blocks.TryGetValue(key, out var block) ? block : Section.Empty();

    /// <summary>This draft, and the other's keys where it gives none. Labels are merged; its own win.</summary>
    public TargetDraft Over(TargetDraft defaults) => this with
    {
        Settings = defaults.Settings.SetItems(Settings),
        Protocol = Protocol ?? defaults.Protocol,
        Blocks = Blocks.Keys.Union(defaults.Blocks.Keys).ToImmutableDictionary(key => key, key =>
            Blocks.TryGetValue(key, out var own) ? own.Over(defaults.Blocks.GetValueOrDefault(key)) : defaults.Blocks[key]),
        Labels = [.. Labels, .. defaults.Labels.ExceptBy(Labels.Select(label => label.Name), label => label.Name)],
    };

    /// <summary>The keys that targets and defaults have, as help names them.</summary>
    private static string[] SharedKeys(Protocols protocols) =>
    [
        TargetKeys.ServerName.Name, "protocol", .. protocols.WithBlocks.Select(protocol => protocol.Block!),
        .. TargetKeys.All.Except([TargetKeys.ServerName]).Select(key => key.Block ?? key.Name).Distinct(), "labels",
    ];

    private static TargetDraft Read(Section section, Protocols protocols, ErrorList errors)
    {
        var settings = ImmutableDictionary.CreateBuilder<TargetKey, object>();
        foreach (var block in TargetKeys.All.GroupBy(key => key.Block))
        {
            if ((block.Key is null ? section : section.Open(block.Key, [.. block.Select(key => key.Name)])) is not { } keys) continue;
            foreach (var key in block)
            {
                if (key.Read(keys) is { } setting) settings[key] = setting;
            }
        }

        return new TargetDraft
        {
            Here = section,
            Settings = settings.ToImmutable(),
            Protocol = section.Read("protocol", protocols.Named),
            Blocks = BlocksOf(section, protocols),
            Labels = section.Open("labels") is { } labels ? LabelRules.Read(labels, errors) : [],
        };
    }

    /// <summary>Each is read for its mistakes, whatever is spoken in the end.</summary>
    private static ImmutableDictionary<string, Section> BlocksOf(Section section, Protocols protocols)
    {
        var blocks = ImmutableDictionary<string, Section>.Empty;
        foreach (var protocol in protocols.WithBlocks)
        {
            if (section.Open(protocol.Block!, [.. protocol.Keys]) is not { } block) continue;
            protocol.Read(block);
            blocks = blocks.Add(protocol.Block!, block);
        }

        return blocks;
    }
}
