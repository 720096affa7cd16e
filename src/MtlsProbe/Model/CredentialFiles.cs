using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>The files of a credential, by their absolute paths.</summary>
/// <param name="Certificate">With the leaf, and after it the chain.</param>
/// <param name="Key">May be the same file; the URI of <see cref="Token"/> where the key is in one.</param>
/// <param name="Passphrase">Of the key, or the PIN of its token; null: it has none.</param>
internal sealed record CredentialFiles(string Certificate, string Key, string? Passphrase)
{
    /// <summary>One PKCS#12 file, or another keystore, that is <see cref="Certificate"/> and <see cref="Key"/> alike; otherwise PEM.</summary>
    public bool IsPkcs12 { get; init; }

    /// <summary>Of the entry of a Java keystore; null: the first with a private key.</summary>
    public string? Alias { get; init; }

    /// <summary>The key is in no file; null: it is in one.</summary>
    public TokenUri? Token { get; init; }

    public ValueList<string> All => IsPkcs12 ? Secrets : [Certificate, .. Secrets];

    /// <summary>Those that only their owner should be able to read.</summary>
    public ValueList<string> Secrets => (ValueList<string>)[.. Token is null ? [Key] : Array.Empty<string>(), .. Passphrase is null ? Array.Empty<string>() : [Passphrase]];
}
