using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>A missing algorithm is reported as such, whatever the passphrase; a wrong passphrase is never reported as an algorithm.</summary>
public sealed class PasswordProtectionTests : IDisposable
{
    private const string Passphrase = "open-sesame";

    private readonly OpensslTool _openssl = new();
    private readonly TestCertificate _client = TestPki.Root("Root").Client("checkout");

    public void Dispose() => _openssl.Dispose();

    [Fact]
    public void A_key_under_AES_GCM_is_reported_as_such_even_if_the_passphrase_is_right()
    {
        var decoded = PrivateKey.FromPem(Pem(HandmadePkcs12.KeyUnderGcm(Pkcs8(), Passphrase)), Encoding.UTF8.GetBytes(Passphrase));

        Assert.Same(Reasons.BadFormat, decoded.Fault);
        Assert.Contains("is protected by AES-256-GCM, which OpenSSL 3.", decoded.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("legacy", decoded.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HandmadePkcs12.Nonsense, HandmadePkcs12.HmacSha256)]
    [InlineData(HandmadePkcs12.Pbkdf2, HandmadePkcs12.Nonsense)]
    public void An_unknown_derivation_is_reported_with_its_number(string derivation, string function)
    {
        var key = HandmadePkcs12.KeyUnder(derivation, function);
        foreach (var detail in new[]
        {
            Faulty(PrivateKey.FromPem(Pem(key), "right"u8)),
            Faulty(Pkcs12.Read(HandmadePkcs12.Of(HandmadePkcs12.ShroudedKey(key), HandmadePkcs12.Certificate(_client.Der)), [])),
        })
            Assert.Contains($"is protected by the algorithm {HandmadePkcs12.Nonsense}, which OpenSSL 3.", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_PKCS12_file_with_a_key_under_AES_GCM_is_reported_as_such()
    {
        var file = HandmadePkcs12.Of(HandmadePkcs12.Certificate(_client.Der), HandmadePkcs12.ShroudedKey(HandmadePkcs12.KeyUnderGcm(Pkcs8(), "")));

        Assert.Contains("is protected by AES-256-GCM", Faulty(Pkcs12.Read(file, [])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_PBMAC1_is_read_from_OpenSSL_3_4_on_and_reported_as_such_before()
    {
        var file = HandmadePkcs12.WithPbmac1(Passphrase, HandmadePkcs12.Key(Pkcs8()), HandmadePkcs12.Certificate(_client.Der));

        var content = Pkcs12.Read(file, Encoding.UTF8.GetBytes(Passphrase));

        if (LibCrypto.OpenSSL_version_num() >= 0x30400000)
        {
            using var key = content.Key!;
            Assert.True(key.Matches(_client.Der));
            Assert.Same(Reasons.WrongPassphrase, Pkcs12.Read(file, "wrong"u8).Fault);
            return;
        }

        var detail = Faulty(content);
        Assert.Contains("PBMAC1 (RFC 9579), which OpenSSL can check from version 3.4 on", detail, StringComparison.Ordinal);
        Assert.Contains("its legacy provider does not help", detail, StringComparison.Ordinal);
    }

    [NeedsTheory("openssl")]
    [InlineData("-v2 aes-256-cbc -v2prf hmacWithSHA512")]
    [InlineData("-v2 aes-128-cfb -v2prf hmacWithSHA1")]
    [InlineData("-v2 aes-256-ofb")]
    [InlineData("-v2 camellia-256-cbc")]
    [InlineData("-v2 aria-256-cbc")]
    [InlineData("-v2 des3")]
    [InlineData("-scrypt")]
    [InlineData("-v1 PBE-SHA1-3DES")]
    [InlineData("-v1 PBE-SHA1-RC2-40 -provider legacy -provider default")]
    [InlineData("-v1 PBE-MD5-DES -provider legacy -provider default")]
    public void Every_file_of_openssl_is_read_and_its_wrong_passphrase_is_reported_as_such(string options)
    {
        _openssl.Run("genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out plain.key");
        _openssl.Run($"pkcs8 -in plain.key -topk8 -passout pass:{Passphrase} -out a.key {options}");

        var decoded = PrivateKey.FromPem(_openssl.Read("a.key"), Encoding.UTF8.GetBytes(Passphrase));
        Assert.Null(decoded.Detail);
        decoded.Key!.Dispose();

        var wrong = PrivateKey.FromPem(_openssl.Read("a.key"), "wrong"u8);
        Assert.Same(Reasons.WrongPassphrase, wrong.Fault);
    }

    private static string Faulty(DecodedKey decoded)
    {
        Assert.Same(Reasons.BadFormat, decoded.Fault);
        return decoded.Detail!;
    }

    private static string Faulty(Pkcs12 content)
    {
        Assert.Same(Reasons.BadFormat, content.Fault);
        return content.Detail!;
    }

    private byte[] Pkcs8() => _client.Key.ExportPkcs8PrivateKey();

    private static byte[] Pem(byte[] encryptedKey) => Encoding.ASCII.GetBytes(PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", encryptedKey));
}
