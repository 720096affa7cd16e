using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A whole, valid configuration. Paths are absolute. Immutable: a reload replaces it.</summary>
internal sealed record Configuration
{
    /// <summary>In the order of the file.</summary>
    public required ValueList<Target> Targets { get; init; }

    /// <summary>Where more targets come from, in the order of the file.</summary>
    public ValueList<DiscoverySource> Discoveries { get; init; } = [];

    public required ValueList<Identity> Identities { get; init; }

    public required ValueList<TrustSource> Trusts { get; init; }

    /// <summary>Where certificates are stored, in the order of the file.</summary>
    public ValueList<InventorySource> Inventories { get; init; } = [];

    /// <summary>Whether <c>/probe?target=host:port</c> may name an address that is not configured.</summary>
    public bool AllowFreeTargets { get; init; }

    /// <summary>Links of the page.</summary>
    public WebLinks Links { get; init; } = new(null, null, null);
}

/// <summary>Links of the page to other tools. Each is an absolute URL without a final slash, null if none is configured.</summary>
/// <param name="Runbooks">The URL that precedes the name of a runbook; null: the program serves the runbooks itself.</param>
internal sealed record WebLinks(string? Prometheus, string? Grafana, string? Runbooks);

/// <summary>A named client credential.</summary>
internal sealed record Identity(string Name, CredentialSource Current)
{
    /// <summary>The built-in identity that presents no certificate.</summary>
    public const string None = "none";

    /// <summary>The replacement that is being rolled out; null if none is configured.</summary>
    public CredentialSource? Next { get; init; }
}

/// <summary>The configured source of a credential, and its description for people. Credentials/MaterialSources.cs fetches it.</summary>
internal abstract record CredentialSource
{
    /// <summary>Its files, for use by other programs; null if it comes from elsewhere.</summary>
    public virtual CredentialFiles? Files => null;

    /// <summary>Every place that it comes from, named for people; never a secret.</summary>
    public virtual ValueList<string> Places => Files?.All ?? [];

    /// <summary>How a person gets the credential out of its source; null if it is in files, or cannot be extracted.</summary>
    public virtual SourceByHand? ByHand => null;

    /// <summary>What is unwise about this configuration, and what to do instead; null if nothing is.</summary>
    public virtual (string Problem, string Hint)? Caution => null;
}

/// <summary>PEM files; the chain follows the leaf in <paramref name="Certificate"/>.</summary>
internal sealed record PemFiles(string Certificate, string Key, string? PassphraseFile) : CredentialSource
{
    public override CredentialFiles Files => new(Certificate, Key, PassphraseFile);
}

/// <summary>A PEM file with the chain, and a private key that stays in a token.</summary>
/// <param name="PinFile">The file with the PIN of the token; null: it requires none.</param>
internal sealed record TokenFiles(string Certificate, TokenUri Key, string? PinFile) : CredentialSource
{
    public override CredentialFiles Files => new(Certificate, Key.Text, PinFile) { Token = Key };

    public override ValueList<string> Places => PinFile is null ? [Certificate, Key.Text] : [Certificate, Key.Text, PinFile];
}

/// <summary>One PKCS#12 file.</summary>
internal sealed record Pkcs12File(string Path, string? PassphraseFile) : CredentialSource
{
    public override CredentialFiles Files => new(Path, Path, PassphraseFile) { IsPkcs12 = true };
}

/// <summary>A directory with <c>tls.crt</c> and <c>tls.key</c>, as Kubernetes mounts a TLS secret.</summary>
internal sealed record SecretDirectory(string Path) : CredentialSource
{
    public override CredentialFiles Files => new(System.IO.Path.Combine(Path, "tls.crt"), System.IO.Path.Combine(Path, "tls.key"), null);
}

/// <summary>A named bundle of trust anchors.</summary>
/// <param name="Files">PEM files, for use by other programs; none if the anchors come from elsewhere.</param>
internal sealed record TrustSource(string Name, ValueList<string> Files)
{
    /// <summary>The built-in bundle: the machine's anchors.</summary>
    public const string System = "system";

    /// <summary>The source of anchors that are not in PEM files; null if they are in files.</summary>
    public TrustOrigin? Origin { get; init; }

    /// <summary>Every place that they come from, named for people; never a secret.</summary>
    public ValueList<string> Places => Origin?.Places ?? Files;

    /// <summary>The evidence of revocation for its authorities; null: only the stapled responses of servers.</summary>
    public RevocationSource? Revocation { get; init; }
}

/// <summary>The configured source of trust anchors that are not in PEM files. Credentials/MaterialSources.cs fetches them.</summary>
internal abstract record TrustOrigin
{
    /// <summary>Every place that they come from, named for people; never a secret.</summary>
    public abstract ValueList<string> Places { get; }

    /// <summary>How a person gets them out of their source; null if they cannot be extracted.</summary>
    public virtual TrustByHand? ByHand => null;
}
