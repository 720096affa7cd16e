using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads the discovery sources.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class DiscoveryRules(string directory, Protocols protocols, ErrorList errors)
{
    private const string FileForm = "file: { files: [targets/*.yml] }";
    private const string HttpForm = "http: { url: https://HOST/PATH }";

    private static readonly string[] s_kinds = ["file", "http", "dns", "kubernetes"];

    /// <summary>The sources, each with the configured keys for its targets.</summary>
    public IReadOnlyList<(DiscoverySource Source, TargetDraft Template)> Read(Section file)
    {
        var sources = new List<(DiscoverySource, TargetDraft)>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, node) in file.Items("discovery").Index())
        {
            var section = Section.Open(node, $"discovery[{index}]", errors, ["name", .. s_kinds, "target"]);
            var name = section.Read("name", Grammar.Name);
            if (name is null && section.IsIntelligible) errors.Add(node, section.Where, "has no name", "name: NAME, the label source of its metrics");
            if (name is { Valid: true } && !lines.TryAdd(name.Value!, name.At.Line))
                errors.Add(name.At, name.Where, $"another source has this name, in line {lines[name.Value!]}", "names are unique");
            string[] kinds = [.. s_kinds.Where(section.Has)];
            if (kinds.Length > 1) errors.Add(node, section.Where, "has several kinds", $"use one of {string.Join(", ", s_kinds)}; for more, add another source");
            else if (kinds.Length == 0 && section.IsIntelligible) errors.Add(node, section.Where, "has no kind", $"use one of {string.Join(", ", s_kinds)}");
            var place = kinds.Length == 1 ? Place(section, kinds[0]) : null;
            var template = section.Open("target", protocols.KeysOfDefaults) is { } target ? TargetDraft.ReadDefaults(target, protocols, errors) : new TargetDraft();
            if (name is { Valid: true } && place is not null) sources.Add((new DiscoverySource(name.Value!, place), template));
        }

        return sources;
    }

    private DiscoveryPlace? Place(Section section, string kind) => kind switch
    {
        "file" => File(section.Open(kind, "files")!),
        "http" => Http(section.Open(kind, "url", "refresh", "ca_file", "token_file", "basic_auth")!),
        "dns" => DnsDiscoveryRules.Read(section.Open(kind, DnsDiscoveryRules.Keys)!),
        _ => new KubernetesDiscoveryRules(Absolute).Read(section.Open(kind, KubernetesDiscoveryRules.Keys)!),
    };

    private FileDiscovery? File(Section block)
    {
        var files = block.ReadList("files", Pattern);
        if (files is null ? block.IsIntelligible : files is { Valid: true, Value.Count: 0 }) block.Complain("names no files", FileForm);
        return files is { Valid: true, Value.Count: > 0 } ? new FileDiscovery(files.Value.Select(Absolute).Distinct().ToValueList()) : null;
    }

    private HttpDiscovery? Http(Section block)
    {
        var (url, refresh) = (block.Read("url", Url), block.Read("refresh", Grammar.Interval));
        var (authorities, token) = (block.Read("ca_file", Grammar.FilePath), block.Read("token_file", Grammar.FilePath));
        var user = block.Open("basic_auth", "username", "password_file");
        var (name, password) = (user?.Read("username", WayGrammar.Username), user?.Read("password_file", Grammar.FilePath));
        if (url is null && block.IsIntelligible) block.Complain("has no url", HttpForm);
        if (user is { IsIntelligible: true } && (name is null || password is null)) user.Complain(name is null ? "has no username" : "has no password_file", "basic_auth: { username: NAME, password_file: FILE }");
        if (user is not null && token is not null) block.Complain("has both token_file and basic_auth", "remove one of them: a request has a single Authorization header");
        var isValid = block.IsIntelligible && url is { Valid: true } && refresh is null or { Valid: true } && authorities is null or { Valid: true } && token is null or { Valid: true }
            && user is null or { IsIntelligible: true } && (user is null || (name is { Valid: true } && password is { Valid: true })) && (user is null || token is null);
        if (!isValid) return null;
        return new HttpDiscovery(url!.Value!)
        {
            Refresh = refresh?.Value ?? HttpDiscovery.DefaultRefresh,
            CaFile = authorities is null ? null : Absolute(authorities.Value!),
            TokenFile = token is null ? null : Absolute(token.Value!),
            Username = name?.Value,
            PasswordFile = password is null ? null : Absolute(password.Value!),
        };
    }

    private string Absolute(string path) => Path.GetFullPath(path, directory);

    /// <summary>The extension determines the format of the files.</summary>
    private static Reading<string> Pattern(string text) =>
        Grammar.FilePattern(text) is { Problem: not null } wrong ? wrong
        : text.EndsWith(".json", StringComparison.Ordinal) || text.EndsWith(".yml", StringComparison.Ordinal) || text.EndsWith(".yaml", StringComparison.Ordinal) ? text
        : Reading<string>.Wrong("does not end in .json, .yml or .yaml", "the extension determines the format");

    private static Reading<Uri> Url(string text)
    {
        const string form = "https://HOST/PATH";
        if (Grammar.FilePath(text) is { Problem: not null } wrong) return new(null, wrong.Problem, wrong.Hint) { IsWithheld = wrong.IsWithheld };
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || text.Any(c => c is <= ' ' or > '~')) return Reading<Uri>.Wrong("is not a URL", form);
        if (url.UserInfo.Length > 0) return Reading<Uri>.Withheld("contains a user name, and perhaps a password", "basic_auth: { username: NAME, password_file: FILE }");
        if (url.Scheme is not ("http" or "https")) return Reading<Uri>.Wrong($"has the scheme {url.Scheme}, which is not supported", form);
        return url.Fragment.Length > 0 ? Reading<Uri>.Wrong("has a fragment (#), which is never sent to a server", form) : url;
    }
}
