using MtlsProbe.Certificates;
using MtlsProbe.Keystores;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Inventories;

/// <summary>The certificates of a keystore: PKCS#12 (RFC 7292), JKS or JCEKS. No private key in it is opened.</summary>
internal static class Keystore
{
    /// <param name="passphrase">The content of its file without a final line end; empty: none is configured.</param>
    public static StoredContent Read(ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase)
    {
        if (passphrase is [.., (byte)'\n']) passphrase = passphrase[..^1];
        if (passphrase is [.., (byte)'\r']) passphrase = passphrase[..^1];
        if (passphrase.Length > PrivateKey.MaxPassphraseLength) return StoredContent.Broken("is given a passphrase that is too long");
        if (JavaKeystore.Is(content)) return OfJava(JavaKeystore.Read(content, passphrase));
        var (_, _, found, _, problem) = Pkcs12.ReadAll(content, passphrase);
        if (problem is not null) return StoredContent.Broken(problem);
        List<Certificate> certificates = [.. found.Take(PemCertificates.MostInFile).Select(der => Certificate.TryParse(der)).OfType<Certificate>()];
        return new StoredContent(certificates.ToValueList(), found.Count - certificates.Count);
    }

    private static StoredContent OfJava(JavaEntries store)
    {
        var certificates = store.Certificates.ToValueList();
        return new StoredContent(certificates, store.LeftOut) { Problem = certificates.Count == 0 ? store.Problem : null };
    }
}
