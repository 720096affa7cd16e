using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Fuzz;

/// <summary>A PEM file of certificates and keys, half written or malicious.</summary>
internal sealed class PemEntry : FuzzEntry
{
    public override string Name => "pem";

    public override string Does => "a PEM file: certificates, trust anchors, private keys";

    public override IReadOnlyList<string> Tokens =>
    [
        "-----BEGIN ", "-----END ", "-----", "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY", "EC PARAMETERS", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n", "\uFEFF", "\r\n", "\n", "=", "==", "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n",
    ];

    public override IReadOnlyList<string> Reached => ["0 certificates, key", "0 certificates, contains no PEM private key that OpenSSL can read"];

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var pem in SeedKeys.Pems()) yield return SeedKeys.Bytes(pem);
        yield return SeedKeys.Bytes(SeedPki.Leaf.CertificatePem + SeedPki.Intermediate.CertificatePem);
        yield return SeedKeys.Bytes(SeedPki.Root.CertificatePem.Replace("CERTIFICATE", "TRUSTED CERTIFICATE", StringComparison.Ordinal));
    }

    public override string Run(byte[] input)
    {
        var blocks = PemBlocks.Scan(input);
        foreach (var block in blocks)
        {
            Claim.Visible(block.Label, "a label", 64);
            Claim.Holds(block.Line >= 1 && block.Line <= input.Count(b => b == '\n') + 1, "a line is not in the file");
            _ = PemBlocks.Decode(input, block);
        }

        var all = CertificateFile.Parse(input, "FILE");
        var some = CertificateFile.ParseWhatCanBeRead(input, "FILE");
        Claim.Holds((all.Fault is null) == (all.Certificates.Count > 0), "neither certificates nor a fault, or both");
        Claim.Holds(all.Fault is not null || all.Certificates == some.Certificates, "complete, but with other certificates");
        foreach (var sentence in (string?[])[some.Broken, all.Fault?.Detail, some.Fault?.Detail]) Claim.Visible(sentence, "a fault");
        return $"{all.Certificates.Count} certificates, {Key(input)}";
    }

    private static string Key(byte[] input)
    {
        if (Pkcs12Entry.IsSlow(PemIterations.Of(input, out _))) return "slow";
        var without = PrivateKey.FromPem(input, []);
        var with = PrivateKey.FromPem(input, Encoding.ASCII.GetBytes(SeedKeys.Passphrase));
        foreach (var decoded in (DecodedKey[])[without, with])
        {
            Claim.Holds((decoded.Key is null) == (decoded.Detail is not null), "neither a key nor a fault, or both");
            Claim.Visible(decoded.Detail, "the fault of a key");
            decoded.Key?.Dispose();
        }

        Claim.Holds(without.Key is null || with.Key is not null, "an unencrypted key does not open with a passphrase");
        Claim.Holds(LibCrypto.ERR_peek_error() == 0, "an error is left behind for the next call on this thread");
        return with.Key is not null ? "key" : with.Detail!;
    }
}
