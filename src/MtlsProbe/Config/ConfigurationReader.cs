using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the sections of the file in the order in which they depend on each other.</summary>
internal sealed class ConfigurationReader(string directory, Protocols protocols, ErrorList errors)
{
    /// <summary>What the defaults give is multiplied by the targets: sixteen megabytes of file must not become gigabytes of configuration.</summary>
    private const int MostParts = 1_000_000;

    /// <summary>Stands for the addresses that a source will deliver.</summary>
    private static readonly HostPort Anywhere = new("", 1);

    /// <summary>How the findings of the discovery sources are read; null before the configuration was read.</summary>
    public FoundTargetRules? FoundTargets { get; private set; }

    /// <summary>The configuration; of use only when no error was added.</summary>
    /// <param name="more">Reads the files that it names for more targets; null: they are left alone.</param>
    public Configuration Read(YamlNode root, TargetFiles? more = null)
    {
        if (root.IsEmpty) errors.Add(root, "", "the file is empty", "it needs at least a list of targets");
        var file = Section.Open(root, "", errors, "defaults", "identities", "trust", "targets", "targets_files", "discovery", "inventory", "web");
        var sources = new SourceRules(directory, errors);
        var (identities, identityNames) = sources.Identities(file.Open("identities"));
        var (trusts, trustNames) = sources.Trusts(file.Open("trust"));
        var rules = new TargetRules(directory, protocols, identityNames, trustNames, errors);
        var defaults = TargetDraft.OpenDefaults(file, protocols) is { } section ? TargetDraft.ReadDefaults(section, protocols, errors) : new TargetDraft();
        rules.CheckAlone(defaults);
        var web = file.Open("web", "allow_free_targets", "links");
        var targets = Targets(file, more, defaults, rules);
        var discoveries = new DiscoveryRules(directory, protocols, errors).Read(file);
        Dictionary<string, TargetDraft> templates = [];
        foreach (var (source, template) in discoveries)
        {
            rules.CheckAlone(template);
            templates[source.Name] = template.Over(defaults.WithoutPasswords());

            // Passwords and their protocol can be for some of the targets only.
            rules.CheckMerged(new TargetDraft(), templates[source.Name].WithoutPasswords());
        }

        if (errors.Count > 0) discoveries = [];
        FoundTargets = new FoundTargetRules(errors.File, directory, protocols, identityNames, trustNames, templates);
        return new Configuration
        {
            Identities = identities,
            Trusts = trusts.Select(trust => RevocationRules.WithWay(trust, [.. targets, .. discoveries.Select(found => rules.Build(templates[found.Source.Name], "", Anywhere))])).ToValueList(),
            Targets = targets,
            Discoveries = discoveries.Select(found => found.Source).ToValueList(),
            Inventories = new InventoryRules(directory, errors).Read(file),
            AllowFreeTargets = web?.Read("allow_free_targets", Grammar.Flag)?.Value ?? false,
            Links = web?.Open("links", "prometheus", "grafana", "runbooks") is { } links ? LinkRules.Read(links) : new WebLinks(null, null, null),
        };
    }

    private ValueList<Target> Targets(Section file, TargetFiles? more, TargetDraft defaults, TargetRules rules)
    {
        var targets = new List<Target>();
        var places = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        var parts = 0;
        foreach (var (where, node) in Nodes(file, more))
        {
            var own = TargetDraft.ReadTarget(node, where, protocols, errors);
            var merged = own.Over(defaults);
            rules.CheckAlone(own);
            rules.CheckMerged(own, merged);
            if (own.Name is { Valid: true, Value: { } name } setting && !places.TryAdd(name, setting.At))
                errors.Add(setting.At, setting.Where, $"another target has this name, {PlaceOf(places[name], setting.At)}", "names are unique");
            if (own is { Name: { Valid: true, Value: { } itsName }, Address: { Valid: true, Value: { } address } })
            {
                var target = rules.Build(merged, itsName, address);
                parts += 1 + target.Labels.Count + target.Accepts.Count + target.MustReject.Count;
                if (parts > MostParts)
                {
                    errors.Add(node, where, $"exceeds the limit: all targets together may have {MostParts} labels and entries of accepts and must_reject, including those from defaults and others",
                        "give labels, accepts and must_reject to the targets that need them, or split the configuration between two exporters");
                    break;
                }

                targets.Add(target);
            }
        }

        return targets.ToValueList();
    }

    /// <summary>Those of the file, then those of the files that it names; each with the path that leads to it.</summary>
    private IEnumerable<(string Where, YamlNode Node)> Nodes(Section file, TargetFiles? more)
    {
        var own = file.Items("targets").Select((node, index) => ("targets" + (NameOf(node) is { } name ? "." + name : $"[{index}]"), node));
        var others = file.HasValue("targets_files") && file.ReadList("targets_files", Grammar.FilePattern) is { } named && more is not null ? more.Read(named, errors) : [];
        return own.Concat(others.GroupBy(node => node.File).SelectMany(nodes => nodes.Select((node, index) => (NameOf(node) ?? $"[{index}]", node))));
    }

    private string PlaceOf(YamlNode node, YamlNode seenFrom) =>
        string.Create(CultureInfo.InvariantCulture, $"in {(node.File == seenFrom.File ? "line " : (node.File ?? errors.File) + ":")}{node.Line}");

    /// <summary>For the paths in errors: the name where it is one, before anything is read.</summary>
    private static string? NameOf(YamlNode node) => (node as YamlMapping)?.Entries
        .Where(entry => entry.Key is YamlScalar { Text: "name" })
        .Select(entry => (entry.Value as YamlScalar)?.Text)
        .FirstOrDefault(name => name is not null && Grammar.Name(name).Problem is null);
}
