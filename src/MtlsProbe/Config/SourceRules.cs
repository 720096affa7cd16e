using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>Reads where credentials and trust anchors come from: identities and trust bundles.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class SourceRules(string directory, ErrorList errors)
{
    private const string BothInOne = "both may be in one file: name it twice";

    private const int MaxAlias = 256;
    private const string TrustForms = "files, keystores, spiffe, or kubernetes";
    private const string Forms = "certificate and key, keystore, directory, spiffe, vault, or kubernetes";

    private static readonly string[] s_elsewhere = [SpiffeRules.Key, "vault", "kubernetes"];

    private static readonly string[] s_sourceKeys = ["certificate", "key", "keystore", "alias", "pkcs12", "directory", "passphrase_file", "pin_file", SpiffeRules.Key, "vault", "kubernetes"];

    private readonly KubernetesRules _kubernetes = new(path => Path.GetFullPath(path, directory));
    private readonly VaultRules _vault = new(path => Path.GetFullPath(path, directory));

    /// <summary>The identities, and every name that is given, those of faulty entries too.</summary>
    public (ValueList<Identity> Identities, HashSet<string> Names) Identities(Section? section)
    {
        var identities = new List<Identity>();
        var names = Names(section, Identity.None, "it stands for no client certificate");
        foreach (var (name, _, node) in section?.Entries ?? [])
        {
            var identity = Section.Open(node, section!.PathOf(name), errors, "current", "next");
            if (identity.IsIntelligible && !identity.Has("current"))
                errors.Add(node, identity.Where, "has no credential", "current: { certificate: FILE, key: FILE }");
            var current = Slot(identity, "current");
            var next = Slot(identity, "next");
            if (current is null) continue;

            // The file with the leaf: two slots may share a key, which a renewal may keep, but not this.
            if (next is { Source.Files.Certificate: { } leaf } replacement && leaf == current.Value.Source.Files?.Certificate)
            {
                errors.Add(replacement.Section.At, replacement.Section.Where, "is the same certificate file as current",
                    "name the files where the replacement will appear, which need not exist yet, or remove next");
            }

            else if (next is { } other && other.Source.Files is null && other.Source.Places == current.Value.Source.Places)
            {
                errors.Add(other.Section.At, other.Section.Where, "is the same secret as current",
                    "name the one where the replacement will appear, which need not exist yet, or remove next: what is renewed there is used at once");
            }

            identities.Add(new Identity(name, current.Value.Source) { Next = next?.Source });
        }

        return (identities.ToValueList(), names);
    }

    /// <summary>The trust bundles, and every name that is given, those of faulty entries too.</summary>
    public (ValueList<TrustSource> Trusts, HashSet<string> Names) Trusts(Section? section)
    {
        var trusts = new List<TrustSource>();
        var revocation = new RevocationRules(Absolute);
        var names = Names(section, TrustSource.System, "it stands for the machine's trust anchors");
        foreach (var (name, _, node) in section?.Entries ?? [])
        {
            var trust = Section.Open(node, section!.PathOf(name), errors, "files", "keystores", "passphrase_file", SpiffeRules.Key, "kubernetes", "revocation");
            if (Anchors(name, node, trust) is { } source) trusts.Add(source with { Revocation = revocation.Read(trust) });
            else revocation.Read(trust);
        }

        return (trusts.ToValueList(), names);
    }

    /// <summary>Exactly one of the places that anchors come from; null where something is wrong with it, which is reported.</summary>
    private TrustSource? Anchors(string name, YamlNode node, Section trust)
    {
        var (files, keystores) = (trust.ReadList("files", Grammar.FilePath), trust.ReadList("keystores", Grammar.FilePath));
        var passphrase = trust.Read("passphrase_file", Grammar.FilePath);
        var kinds = (files is null ? 0 : 1) + (keystores is null ? 0 : 1) + (trust.Has(SpiffeRules.Key) ? 1 : 0) + (trust.Has("kubernetes") ? 1 : 0);
        if (kinds > 1) errors.Add(node, trust.Where, "takes its anchors from several places", $"only one of: {TrustForms}");
        else if (kinds == 0 && trust.IsIntelligible) errors.Add(node, trust.Where, "names no files", "files: [FILE]");
        else if (passphrase is not null && keystores is null && trust.IsIntelligible) errors.Add(passphrase.At, passphrase.Where, "belongs to no keystore", "keystores: [FILE], or remove it");
        if (kinds == 1 && trust.Has(SpiffeRules.Key)) return Elsewhere(SpiffeRules.ReadBundle(trust));
        if (kinds == 1 && trust.Has("kubernetes")) return Elsewhere(_kubernetes.Trust(trust));
        if ((files ?? keystores) is { Valid: true, Value.Count: 0 } empty) errors.Add(empty.At, empty.Where, "names no file");
        if (kinds != 1 || (files ?? keystores) is not { Valid: true, Value.Count: > 0 } places || passphrase is { Valid: false }) return null;
        var paths = places.Value.Select(Absolute).ToValueList();
        return files is not null ? new TrustSource(name, paths) : Elsewhere(new KeystoreTrust(paths, Absolute(passphrase)));

        TrustSource? Elsewhere(TrustOrigin? origin) => origin is null ? null : new TrustSource(name, []) { Origin = origin };
    }

    private HashSet<string> Names(Section? section, string builtIn, string meaning)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { builtIn };
        foreach (var (name, key, _) in section?.Entries ?? [])
        {
            var where = section!.PathOf(name);
            if (name == builtIn) errors.Add(key, where, $"the name {builtIn} is built in", $"{meaning}; choose another name");
            else if (Grammar.Name(name) is { Problem: { } problem, Hint: var hint }) errors.Add(key, where, $"this {problem}", hint);
            names.Add(name);
        }

        return names;
    }

    private (Section Section, CredentialSource Source)? Slot(Section identity, string slot) =>
        identity.Open(slot, s_sourceKeys) is { } section && Source(section) is { } source ? (section, source) : null;

    /// <summary>Exactly one of the forms.</summary>
    private CredentialSource? Source(Section section)
    {
        var certificate = section.Read("certificate", Grammar.FilePath);
        var key = section.Read("key", Grammar.KeyPlace);
        var pkcs12 = section.Read("pkcs12", Grammar.FilePath);
        var (keystore, alias) = (section.Read("keystore", Grammar.FilePath), section.Read("alias", Alias));
        var secret = section.Read("directory", Grammar.FilePath);
        var passphrase = section.Read("passphrase_file", Grammar.FilePath);
        var pin = section.Read("pin_file", Grammar.FilePath);
        string[] elsewhere = [.. s_elsewhere.Where(section.Has)];
        var forms = (certificate is null && key is null ? 0 : 1) + (pkcs12 is null ? 0 : 1) + (keystore is null ? 0 : 1) + (secret is null ? 0 : 1) + elsewhere.Length;
        var (problem, hint) = (forms, section.IsIntelligible) switch
        {
            (0, true) => ("names no credential", $"one of: {Forms}"),
            ( > 1, _) => ("names several credentials", $"only one of: {Forms}"),
            (1, true) when certificate is null && key is not null => ("has a key but no certificate", BothInOne),
            (1, true) when certificate is not null && key is null => ("has a certificate but no key", BothInOne),
            (1, true) when keystore is null && alias is not null => ("has an alias, but no keystore", "alias chooses an entry of a keystore: keystore: FILE"),
            (1, _) when secret is not null && passphrase is not null =>
                ("has a passphrase_file beside directory", "a Kubernetes TLS secret holds its key unencrypted"),
            (1, _) when elsewhere is [var other] && passphrase is not null =>
                ($"has a passphrase_file beside {other}", "its key is not encrypted there"),
            (1, _) when passphrase is not null && key?.Value?.Token is not null =>
                ("has a passphrase_file, and its key is in a token", "pin_file: FILE with the PIN of the token"),
            (1, true) when pin is not null && key?.Value?.Token is null =>
                ("has a pin_file, and its key is in no token", "key: \"pkcs11:token=LABEL;object=LABEL\", or passphrase_file"),
            _ => ("", ""),
        };
        if (problem.Length > 0) errors.Add(section.At, section.Where, problem, hint);
        if (elsewhere.Length > 0) return problem.Length > 0 ? null : Elsewhere(section, elsewhere[0]);
        var allValid = Array.TrueForAll([certificate, keystore, alias, pkcs12, secret, passphrase, pin], setting => setting is null or { Valid: true }) && key is null or { Valid: true };
        if (problem.Length > 0 || !allValid) return null;

        if (keystore is not null) return new KeystoreFile(Absolute(keystore), Absolute(passphrase)) { Alias = alias?.Value };
        return (certificate, key, pkcs12, secret) switch
        {
            (_, _, { } file, _) => new Pkcs12File(Absolute(file), Absolute(passphrase)),
            (_, _, _, { } place) => new SecretDirectory(Absolute(place)),
            ({ } leaf, { Value.Token: { } token }, _, _) => new TokenFiles(Absolute(leaf), token, Absolute(pin)),
            ({ } leaf, { Value.File: { } its }, _, _) => new PemFiles(Absolute(leaf), Absolute(its), Absolute(passphrase)),
            _ => null,
        };
    }

    /// <param name="kind">One of those that are no files.</param>
    private CredentialSource? Elsewhere(Section section, string kind) => kind switch
    {
        SpiffeRules.Key => SpiffeRules.ReadSvid(section),
        "vault" => _vault.Read(section),
        _ => _kubernetes.Credential(section),
    };

    private static Reading<string> Alias(string text) =>
        text.Length is > 0 and <= MaxAlias && !text.Any(char.IsControl) ? text : Reading<string>.Wrong("is not an alias", "keytool -list shows them");

    [return: NotNullIfNotNull(nameof(path))]
    private string? Absolute(Setting<string>? path) => path is null ? null : Absolute(path.Value!);

    private string Absolute(string path) => Path.GetFullPath(path, directory);
}
