using System.Text;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

public sealed class PrivateKeyTests : IDisposable
{
    private readonly OpensslTool _openssl = new();

    public void Dispose() => _openssl.Dispose();

    [NeedsTheory("openssl")]
    [InlineData("-newkey rsa:2048")]
    [InlineData("-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048")]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-256")]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-521")]
    [InlineData("-newkey ed25519")]
    [InlineData("-newkey ed448")]
    public void A_key_of_any_kind_matches_its_own_certificate_only(string kind)
    {
        _openssl.Run($"req -x509 {kind} -noenc -keyout a.key -out a.crt -subj /CN=a");
        _openssl.Run("req -x509 -newkey ed25519 -noenc -keyout b.key -out b.crt -subj /CN=b");

        using var key = Readable(PrivateKey.FromPem(_openssl.Read("a.key"), []));

        Assert.True(key.Matches(Der("a.crt")));
        Assert.False(key.Matches(Der("b.crt")));
        Assert.False(key.Matches("no certificate"u8));
    }

    [NeedsTheory("openssl")]
    [InlineData("rsa -in plain.key -traditional")]                                                // PKCS#1
    [InlineData("rsa -in plain.key -traditional -aes128 -passout pass:open-sesame")]              // Proc-Type: 4,ENCRYPTED
    [InlineData("rsa -in plain.key -traditional -des3 -passout pass:open-sesame")]
    [InlineData("rsa -in plain.key -traditional -des -passout pass:open-sesame -provider legacy -provider default")]
    [InlineData("pkcs8 -in plain.key -topk8 -nocrypt")]                                           // PKCS#8
    [InlineData("pkcs8 -in plain.key -topk8 -v2 aes-256-cbc -passout pass:open-sesame")]
    [InlineData("pkcs8 -in plain.key -topk8 -scrypt -passout pass:open-sesame")]
    [InlineData("pkcs8 -in plain.key -topk8 -v1 PBE-MD5-DES -passout pass:open-sesame -provider legacy -provider default")]
    public void Every_form_of_an_rsa_key_can_be_read(string conversion)
    {
        _openssl.Run("req -x509 -newkey rsa:2048 -noenc -keyout plain.key -out a.crt -subj /CN=a");
        _openssl.Run(conversion + " -out a.key");

        using var key = Readable(PrivateKey.FromPem(_openssl.Read("a.key"), "open-sesame"u8));

        Assert.True(key.Matches(Der("a.crt")));
    }

    [NeedsFact("openssl")]
    public void Blocks_before_the_key_are_passed_over()
    {
        _openssl.Run("ecparam -name prime256v1 -genkey -out a.key"); // EC PARAMETERS, then SEC1
        _openssl.Run("req -x509 -key a.key -out a.crt -subj /CN=a");
        byte[] text = [.. _openssl.Read("a.crt"), .. _openssl.Read("a.key")];
        Assert.StartsWith("-----BEGIN EC PARAMETERS", Encoding.ASCII.GetString(_openssl.Read("a.key")), StringComparison.Ordinal);

        using var key = Readable(PrivateKey.FromPem(text, []));

        Assert.True(key.Matches(Der("a.crt")));
    }

    [Theory]
    [InlineData("\uFEFF")]
    [InlineData("words before\n\uFEFF")]
    public void A_byte_order_mark_before_the_key_is_passed_over(string before)
    {
        var certificate = TestPki.Root("Root");

        using var key = Readable(PrivateKey.FromPem(Encoding.UTF8.GetBytes(before + certificate.KeyPem), []));

        Assert.True(key.Matches(certificate.Der));
    }

    [NeedsTheory("openssl")]
    [InlineData("rsa -in plain.key -traditional -aes128 -passout pass:right")]
    [InlineData("pkcs8 -in plain.key -topk8 -passout pass:right")]
    [InlineData("pkcs8 -in plain.key -topk8 -v1 PBE-MD5-DES -passout pass:right -provider legacy -provider default")]
    public void A_wrong_or_missing_passphrase_is_distinguished_from_a_bad_file(string conversion)
    {
        _openssl.Run("genpkey -algorithm rsa -out plain.key");
        _openssl.Run(conversion + " -out a.key");
        var pem = _openssl.Read("a.key");

        Assert.Same(Reasons.WrongPassphrase, PrivateKey.FromPem(pem, "wrong"u8).Fault);
        Assert.Same(Reasons.WrongPassphrase, PrivateKey.FromPem(pem, []).Fault);
        Assert.Same(Reasons.WrongPassphrase, PrivateKey.FromPem(pem, new byte[2000]).Fault);
        Assert.Same(Reasons.BadFormat, PrivateKey.FromPem(pem.AsSpan(0, pem.Length / 2), "right"u8).Fault);
    }

    /// <summary>About one passphrase in 256 results in padding that is valid by chance, for bytes that are not a key.</summary>
    [NeedsFact("openssl")]
    public void Every_wrong_passphrase_is_reported_as_such()
    {
        _openssl.Run("genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out plain.key");
        _openssl.Run("pkcs8 -in plain.key -topk8 -v1 PBE-MD5-DES -passout pass:right -provider legacy -provider default -out a.key");
        var pem = _openssl.Read("a.key");

        for (var number = 0; number < 2000; number++)
            Assert.Same(Reasons.WrongPassphrase, PrivateKey.FromPem(pem, Encoding.ASCII.GetBytes($"wrong {number}")).Fault);
    }

    [NeedsTheory("openssl")]
    [InlineData("")]
    [InlineData("nothing of the kind")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Content_that_is_no_key_has_a_bad_format(string text)
    {
        var decoded = PrivateKey.FromPem(Encoding.ASCII.GetBytes(text), "passphrase"u8);

        Assert.Null(decoded.Key);
        Assert.Same(Reasons.BadFormat, decoded.Fault);
    }

    /// <summary>The text is not read again for each of them: in quadratic time these would take hours.</summary>
    [Theory]
    [InlineData("-----BEGIN ")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n")]
    [InlineData("-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void A_file_of_many_block_beginnings_or_of_small_blocks_has_a_bad_format(string piece)
    {
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, MaterialFiles.MaxSize / piece.Length)));

        Assert.Same(Reasons.BadFormat, PrivateKey.FromPem(text, "passphrase"u8).Fault);
    }

    private static PrivateKey Readable(DecodedKey decoded)
    {
        Assert.Null(decoded.Detail);
        return decoded.Key!;
    }

    private byte[] Der(string file)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(_openssl.Path(file));
        return certificate.RawData;
    }
}
