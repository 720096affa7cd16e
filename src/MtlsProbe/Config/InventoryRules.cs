using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the inventories: where certificates are stored.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class InventoryRules(string directory, ErrorList errors)
{
    public ValueList<InventorySource> Read(Section file)
    {
        var inventories = new List<InventorySource>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, node) in file.Items("inventory").Index())
        {
            var section = Section.Open(node, $"inventory[{index}]", errors, "name", "files", "kubeconfigs", "keystores", "passphrase_file", "kubernetes_secrets");
            var name = section.Read("name", Grammar.Name);
            if (name is null && section.IsIntelligible) errors.Add(node, section.Where, "has no name", "name: NAME");
            if (name is { Valid: true } && !lines.TryAdd(name.Value!, name.At.Line))
                errors.Add(name.At, name.Where, $"another inventory has this name, in line {lines[name.Value!]}", "names are unique");
            var (files, kubeconfigs, keystores) = (section.ReadList("files", Grammar.FilePattern), section.ReadList("kubeconfigs", Grammar.FilePattern), section.ReadList("keystores", Grammar.FilePattern));
            var passphrase = section.Read("passphrase_file", Grammar.FilePath);
            var kubernetes = section.Open("kubernetes_secrets", ["namespaces", .. KubernetesRules.ClusterKeys]) is { } places ? Places(places) : null;
            if (passphrase is not null && keystores is null && section.IsIntelligible)
                errors.Add(passphrase.At, passphrase.Where, "belongs to no keystore", "keystores: [PATTERN], or remove it");
            if (section.IsIntelligible && files is null && kubeconfigs is null && keystores is null && !section.Has("kubernetes_secrets"))
                errors.Add(node, section.Where, "names no place", "files, kubeconfigs, keystores or kubernetes_secrets");
            if (name is not { Valid: true }) continue;
            inventories.Add(new InventorySource(name.Value!)
            {
                Files = Absolute(files),
                Kubeconfigs = Absolute(kubeconfigs),
                Keystores = Absolute(keystores),
                Kubernetes = kubernetes,
                PassphraseFile = passphrase is { Valid: true } ? Path.GetFullPath(passphrase.Value!, directory) : null,
            });
        }

        return inventories.ToValueList();
    }

    private KubernetesPlaces? Places(Section section)
    {
        var namespaces = section.ReadList("namespaces", Namespace);
        var cluster = new KubernetesRules(path => Path.GetFullPath(path, directory)).Cluster(section);
        if (namespaces is null ? section.IsIntelligible : namespaces is { Valid: true, Value.Count: 0 })
            errors.Add(section.At, section.Where, "names no namespace", $"namespaces: [NAMESPACE], or [\"{KubernetesPlaces.AllNamespaces}\"] for all of them");
        return namespaces is not { Valid: true, Value.Count: > 0 } || cluster is null ? null : new KubernetesPlaces(namespaces.Value.Distinct().ToValueList()) { Cluster = cluster };
    }

    private ValueList<string> Absolute(Setting<ValueList<string>>? patterns) =>
        patterns is { Valid: true } ? patterns.Value.Select(pattern => Path.GetFullPath(pattern, directory)).Distinct().ToValueList() : [];

    private static Reading<string> Namespace(string text) =>
        text == KubernetesPlaces.AllNamespaces ? text
        : KubernetesRules.Namespace(text) is { Problem: { } problem } ? Reading<string>.Wrong(problem, "lower-case letters, digits and -, or \"*\" for all of them")
        : text;
}
