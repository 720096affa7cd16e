using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>The files of a credential, by their absolute paths.</summary>
/// <param name="Certificate">The file with the leaf, followed by its chain.</param>
/// <param name="Key">The file with the private key, which can be the same; the URI of <see cref="Token"/> if the key is in a token.</param>
/// <param name="Passphrase">The passphrase file of the key, or the PIN file of its token; null: there is none.</param>
internal sealed record CredentialFiles(string Certificate, string Key, string? Passphrase)
{
    /// <summary>One PKCS#12 file or other keystore is both <see cref="Certificate"/> and <see cref="Key"/>; otherwise the files are PEM.</summary>
    public bool IsPkcs12 { get; init; }

    /// <summary>The alias of the entry in a Java keystore; null: the first entry with a private key.</summary>
    public string? Alias { get; init; }

    /// <summary>The token that holds the key; null: the key is in a file.</summary>
    public TokenUri? Token { get; init; }

    public ValueList<string> All => IsPkcs12 ? Secrets : [Certificate, .. Secrets];

    /// <summary>The files that only their owner should be able to read.</summary>
    public ValueList<string> Secrets => (ValueList<string>)[.. Token is null ? [Key] : Array.Empty<string>(), .. Passphrase is null ? Array.Empty<string>() : [Passphrase]];
}
