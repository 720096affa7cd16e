using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the inventories: where certificates are stored.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class InventoryRules(string directory, ErrorList errors)
{
    private const int MaxNamespace = 63; // RFC 1123 §2.1
    private const string PatternHint = "* and ? stand for letters of a name, ** alone between slashes for any folders";

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
            var (files, kubeconfigs, keystores) = (section.ReadList("files", Pattern), section.ReadList("kubeconfigs", Pattern), section.ReadList("keystores", Pattern));
            var passphrase = section.Read("passphrase_file", Grammar.FilePath);
            var kubernetes = section.Open("kubernetes_secrets", "namespaces", "server", "token_file", "ca_file") is { } places ? Places(places) : null;
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
        var (server, token, authorities) = (section.Read("server", Server), section.Read("token_file", Grammar.FilePath), section.Read("ca_file", Grammar.FilePath));
        if (namespaces is null ? section.IsIntelligible : namespaces is { Valid: true, Value.Count: 0 })
            errors.Add(section.At, section.Where, "names no namespace", $"namespaces: [NAMESPACE], or [\"{KubernetesPlaces.AllNamespaces}\"] for all of them");
        if (namespaces is not { Valid: true, Value.Count: > 0 } || server is { Valid: false } || token is { Valid: false } || authorities is { Valid: false }) return null;
        var places = new KubernetesPlaces(namespaces.Value.Distinct().ToValueList());
        return places with
        {
            Server = server?.Value ?? places.Server,
            TokenFile = token is null ? places.TokenFile : Path.GetFullPath(token.Value!, directory),
            CaFile = authorities is null ? places.CaFile : Path.GetFullPath(authorities.Value!, directory),
        };
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

    /// <summary>A name of Kubernetes: a label of DNS.</summary>
    private static Reading<string> Namespace(string text) =>
        text == KubernetesPlaces.AllNamespaces
        || (text.Length is > 0 and <= MaxNamespace && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && text[0] != '-' && text[^1] != '-')
            ? text
            : Reading<string>.Wrong("is not the name of a namespace", "lower-case letters, digits and -, or \"*\" for all of them");

    private static Reading<Uri> Server(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "https", UserInfo: "", Query: "", Fragment: "" } && text.All(char.IsAscii)
            ? uri.AbsoluteUri.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/")
            : Reading<Uri>.Wrong("is not the URL of an API server", "https://HOST:PORT");
}
