using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the inventories: where certificates are stored.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class InventoryRules(string directory, ErrorList errors)
{
    private const string PatternHint = "* and ? stand for letters of a name, ** alone between slashes for any folders";

    public ValueList<InventorySource> Read(Section file)
    {
        var inventories = new List<InventorySource>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, node) in file.Items("inventory").Index())
        {
            var section = Section.Open(node, $"inventory[{index}]", errors, "name", "files", "kubeconfigs", "keystores", "passphrase_file");
            var name = section.Read("name", Grammar.Name);
            if (name is null && section.IsIntelligible) errors.Add(node, section.Where, "has no name", "name: NAME");
            if (name is { Valid: true } && !lines.TryAdd(name.Value!, name.At.Line))
                errors.Add(name.At, name.Where, $"another inventory has this name, in line {lines[name.Value!]}", "names are unique");
            var (files, kubeconfigs, keystores) = (section.ReadList("files", Pattern), section.ReadList("kubeconfigs", Pattern), section.ReadList("keystores", Pattern));
            var passphrase = section.Read("passphrase_file", Grammar.FilePath);
            if (passphrase is not null && keystores is null && section.IsIntelligible)
                errors.Add(passphrase.At, passphrase.Where, "belongs to no keystore", "keystores: [PATTERN], or remove it");
            if (section.IsIntelligible && files is null && kubeconfigs is null && keystores is null)
                errors.Add(node, section.Where, "names no place", "files, kubeconfigs or keystores");
            if (name is not { Valid: true }) continue;
            inventories.Add(new InventorySource(name.Value!)
            {
                Files = Absolute(files),
                Kubeconfigs = Absolute(kubeconfigs),
                Keystores = Absolute(keystores),
                PassphraseFile = passphrase is { Valid: true } ? Path.GetFullPath(passphrase.Value!, directory) : null,
            });
        }

        return inventories.ToValueList();
    }

    private ValueList<string> Absolute(Setting<ValueList<string>>? patterns) =>
        patterns is { Valid: true } ? patterns.Value.Select(pattern => Path.GetFullPath(pattern, directory)).Distinct().ToValueList() : [];

    private static Reading<string> Pattern(string text)
    {
        var path = Grammar.FilePath(text);
        if (path.Problem is not null) return path;
        if (text.Contains('[', StringComparison.Ordinal)) return Reading<string>.Wrong("has a bracket, which a pattern does not know", PatternHint);
        return Array.Exists(text.Split('/'), part => part.Contains("**", StringComparison.Ordinal) && part != "**")
            ? Reading<string>.Wrong("has ** within a name", PatternHint)
            : path;
    }
}
