using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A whole, valid configuration. Paths are absolute. Never edited: a reload replaces it.</summary>
internal sealed record Configuration
{
    /// <summary>In the order of the file.</summary>
    public required ValueList<Target> Targets { get; init; }

    public required ValueList<Identity> Identities { get; init; }

    public required ValueList<TrustSource> Trusts { get; init; }

    /// <summary>Whether <c>/probe?target=host:port</c> may name an address that is not configured.</summary>
    public bool AllowFreeTargets { get; init; }
}

/// <summary>A named client credential.</summary>
internal sealed record Identity(string Name, CredentialSource Current)
{
    /// <summary>The built-in identity that presents no certificate.</summary>
    public const string None = "none";

    /// <summary>The replacement that is being rolled out; null where none is configured.</summary>
    public CredentialSource? Next { get; init; }
}

/// <summary>Where a credential's files are. One of the three derived records.</summary>
internal abstract record CredentialSource;

/// <summary>PEM files; the chain follows the leaf in <paramref name="Certificate"/>.</summary>
internal sealed record PemFiles(string Certificate, string Key, string? PassphraseFile) : CredentialSource;

/// <summary>One PKCS#12 file.</summary>
internal sealed record Pkcs12File(string Path, string? PassphraseFile) : CredentialSource;

/// <summary>A directory with <c>tls.crt</c> and <c>tls.key</c>, as Kubernetes mounts a TLS secret.</summary>
internal sealed record SecretDirectory(string Path) : CredentialSource
{
    public string Certificate => System.IO.Path.Combine(Path, "tls.crt");

    public string Key => System.IO.Path.Combine(Path, "tls.key");
}

/// <summary>A named bundle of trust anchors in PEM files.</summary>
internal sealed record TrustSource(string Name, ValueList<string> Files)
{
    /// <summary>The built-in bundle: the machine's anchors.</summary>
    public const string System = "system";
}
