using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>Combines certificates and a key in PEM into a credential whose parts belong together, whatever their source.</summary>
internal static class PemPair
{
    /// <param name="certificatePlace">For sentences: the file, or another source.</param>
    /// <param name="keyPlace">The same place if both come from one.</param>
    /// <param name="passphrase">The passphrase of the key; empty: it has none.</param>
    public static Material<Credential> Decode(
        ReadOnlySpan<byte> certificates, string certificatePlace, ReadOnlySpan<byte> keyContent, string keyPlace, ReadOnlySpan<byte> passphrase)
    {
        var file = CertificateFile.Parse(certificates, certificatePlace);
        if (file.Fault is not null) return new(null, file.Fault);
        var decoded = PrivateKey.FromPem(keyContent, passphrase);
        if (decoded.Key is not { } key) return Broken(decoded.Fault!, keyPlace, decoded.Detail!);
        var chain = file.Certificates;
        var keyBlocks = PemBlocks.Scan(keyContent);
        if (key.Matches(chain[0].Der.Span))
            return new(new Credential(chain, key), null) { Notes = LeftOut.Bounded([.. CredentialNotes.OfPem(certificatePlace, file, keyPlace, keyBlocks)]) };

        var later = chain.Skip(1).FirstOrDefault(certificate => key.Matches(certificate.Der.Span));
        key.Dispose();
        return Broken(Reasons.KeyMismatch, keyPlace, later is null
            ? $"is not the key of {certificatePlace}, whose first certificate is {chain[0]}{OnlyTheFirst(keyBlocks)}"
            : $"is the key of {later}, which is not the first certificate of {certificatePlace}");
    }

    private static string OnlyTheFirst(IReadOnlyList<PemBlock> blocks) => blocks.Count(block => block.IsPrivateKey) is > 1 and var keys
        ? $"; of its {keys} private keys the first counts" : "";

    private static Material<Credential> Broken(Reason reason, string place, string problem) => new(null, new MaterialFault(reason, $"{place} {problem}"));
}
