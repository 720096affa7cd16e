using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>The files of a credential, by their absolute paths.</summary>
/// <param name="Certificate">With the leaf, and after it the chain.</param>
/// <param name="Key">May be the same file.</param>
/// <param name="Passphrase">Of the key; null: it has none.</param>
internal sealed record CredentialFiles(string Certificate, string Key, string? Passphrase)
{
    /// <summary>One PKCS#12 file, or another keystore, that is <see cref="Certificate"/> and <see cref="Key"/> alike; otherwise PEM.</summary>
    public bool IsPkcs12 { get; init; }

    /// <summary>Of the entry of a Java keystore; null: the first with a private key.</summary>
    public string? Alias { get; init; }

    public ValueList<string> All => IsPkcs12 ? Secrets : [Certificate, .. Secrets];

    /// <summary>Those that nobody but their owner should be able to read.</summary>
    public ValueList<string> Secrets => Passphrase is null ? [Key] : [Key, Passphrase];
}
