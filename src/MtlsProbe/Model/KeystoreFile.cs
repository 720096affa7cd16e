using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A keystore: JKS, JCEKS or PKCS#12, detected from its content.</summary>
internal sealed record KeystoreFile(string Path, string? PassphraseFile) : CredentialSource
{
    /// <summary>The alias of the entry, in JKS and JCEKS; null: the first entry with a private key.</summary>
    public string? Alias { get; init; }

    public override CredentialFiles Files => new(Path, Path, PassphraseFile) { IsPkcs12 = true, Alias = Alias };

    /// <summary>With Java's own program, because no other can select an entry of a keystore.</summary>
    public override SourceByHand? ByHand => PassphraseFile is null ? null : new(
        $"umask 077; keytool -importkeystore -srckeystore {ShellWord.Of(Path)} -srcstorepass:file {ShellWord.Of(PassphraseFile)}{(Alias is null ? "" : $" -srcalias {ShellWord.Of(Alias)}")}"
            + $" -destkeystore client.p12 -deststoretype pkcs12 -deststorepass:file {ShellWord.Of(PassphraseFile)}",
        new CredentialFiles("client.p12", "client.p12", PassphraseFile) { IsPkcs12 = true });
}

/// <summary>The trusted certificates of keystores: JKS, JCEKS or PKCS#12.</summary>
/// <param name="PassphraseFile">Null: their integrity is not checked, and encrypted ones cannot be opened.</param>
internal sealed record KeystoreTrust(ValueList<string> Files, string? PassphraseFile) : TrustOrigin
{
    public override ValueList<string> Places => PassphraseFile is null ? Files : [.. Files, PassphraseFile];

    public override TrustByHand? ByHand => PassphraseFile is null ? null : new(
        $"{{ {string.Concat(Files.Select(file => $"keytool -list -rfc -keystore {ShellWord.Of(file)} -storepass:file {ShellWord.Of(PassphraseFile)}; "))}}} > trust.pem", "trust.pem");
}
