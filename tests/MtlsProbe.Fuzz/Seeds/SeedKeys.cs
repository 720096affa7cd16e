using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Tests.OpenSsl;

namespace MtlsProbe.Fuzz;

/// <summary>Keys and PKCS#12 files, protected by a passphrase with few iterations, or with more than the limit.</summary>
internal static class SeedKeys
{
    public const string Passphrase = "secret";

    private const int Iterations = 100;

    private static readonly PbeParameters s_pbes2 = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations);
    private static readonly PbeParameters s_pkcs12 = new(PbeEncryptionAlgorithm.TripleDes3KeyPkcs12, HashAlgorithmName.SHA1, Iterations);

    public static IEnumerable<string> Pems()
    {
        foreach (var pair in (TestCertificate[])[SeedPki.Client, SeedPki.RsaLeaf])
        {
            yield return pair.CertificatePem + pair.KeyPem;
            yield return pair.Key is RSA rsa ? rsa.ExportRSAPrivateKeyPem() : ((ECDsa)pair.Key).ExportECPrivateKeyPem();
            var encrypted = pair.Key.ExportEncryptedPkcs8PrivateKey(Passphrase, s_pbes2);
            yield return PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", encrypted);
            yield return PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", Costly(encrypted));
        }
    }

    public static IEnumerable<byte[]> Pkcs12Files()
    {
        foreach (var parameters in (PbeParameters[])[s_pbes2, s_pkcs12])
        {
            var file = new X509Certificate2Collection { SeedPki.Client.X509, SeedPki.Intermediate.Bare }.ExportPkcs12(parameters, Passphrase);
            yield return file;
            yield return Costly(file);
        }

        var (key, certificate) = (HandmadePkcs12.Key(SeedPki.Client.Key.ExportPkcs8PrivateKey()), HandmadePkcs12.Certificate(SeedPki.Client.Der));
        yield return HandmadePkcs12.Of(key, certificate);
        yield return HandmadePkcs12.Of(HandmadePkcs12.ShroudedKey(SeedPki.Client.Key.ExportEncryptedPkcs8PrivateKey("", s_pbes2)), certificate, HandmadePkcs12.Secret());
        yield return HandmadePkcs12.WithPbmac1(Passphrase, key, certificate);
    }

    /// <summary>The same with two billion iterations instead of each number of iterations.</summary>
    private static byte[] Costly(byte[] der)
    {
        var roots = DerNode.Parse(der)!;
        Raise(roots);
        return DerNode.Encode(roots);

        static void Raise(List<DerNode> nodes)
        {
            foreach (var node in nodes)
            {
                if (node is { Tag: [0x02], Content: [Iterations] }) node.Content = [0x7f, 0xff, 0xff, 0xff];
                if (node.Children is { } children) Raise(children);
            }
        }
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
