using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

public sealed class Pkcs12Tests : IDisposable
{
    private readonly OpensslTool _openssl = new();

    public void Dispose() => _openssl.Dispose();

    [NeedsTheory("openssl")]
    [InlineData("-passout pass:open-sesame")]
    [InlineData("-passout pass:open-sesame -legacy")] // RC2-40 and 3DES, as Windows and Java wrote them for decades
    public void The_leaf_is_the_certificate_of_the_key_wherever_it_stands(string options)
    {
        Mint();
        _openssl.Run($"pkcs12 -export -inkey leaf.key -in leaf.crt -certfile ca.crt -out a.p12 {options}");

        var content = Pkcs12.Read(_openssl.Read("a.p12"), "open-sesame"u8);

        Assert.Null(content.Detail);
        using var key = content.Key!;
        Assert.True(key.Matches(content.Leaf!.Value.Span));
        Assert.Equal("CN=leaf", Certificate.TryParse(content.Leaf.Value)!.Subject);
        Assert.Equal("CN=ca", Certificate.TryParse(Assert.Single(content.Others))!.Subject);
    }

    [NeedsTheory("openssl")]
    [InlineData("-keypbe NONE -certpbe NONE -passout pass:")]
    [InlineData("-passout pass:")]
    public void A_file_without_passphrase_can_be_read(string options)
    {
        Mint();
        _openssl.Run($"pkcs12 -export -inkey leaf.key -in leaf.crt -out a.p12 {options}");

        var content = Pkcs12.Read(_openssl.Read("a.p12"), []);

        Assert.Null(content.Detail);
        Assert.NotNull(content.Leaf);
        content.Key!.Dispose();
    }

    [NeedsTheory("openssl")]
    [InlineData("")]
    [InlineData("-legacy")]
    public void A_wrong_or_missing_passphrase_is_distinguished_from_a_bad_file(string options)
    {
        Mint();
        _openssl.Run($"pkcs12 -export -inkey leaf.key -in leaf.crt -passout pass:right -out a.p12 {options}".TrimEnd());
        var file = _openssl.Read("a.p12");

        Assert.Same(Reasons.WrongPassphrase, Pkcs12.Read(file, "wrong"u8).Fault);
        Assert.Same(Reasons.WrongPassphrase, Pkcs12.Read(file, []).Fault);
        Assert.Same(Reasons.BadFormat, Pkcs12.Read(file.AsSpan(0, file.Length / 2), "right"u8).Fault);
        Assert.Same(Reasons.BadFormat, Pkcs12.Read(Encoding.ASCII.GetBytes("-----BEGIN"), "right"u8).Fault);
        Assert.Same(Reasons.BadFormat, Pkcs12.Read([], "right"u8).Fault);
    }

    [NeedsFact("openssl")]
    public void A_file_with_certificates_only_is_reported()
    {
        Mint();
        _openssl.Run("pkcs12 -export -nokeys -in leaf.crt -passout pass:right -out a.p12");

        Assert.Same(Reasons.BadFormat, Pkcs12.Read(_openssl.Read("a.p12"), "right"u8).Fault);
    }

    [Fact]
    public void Of_two_keys_the_first_that_has_its_certificate_in_the_file_is_taken()
    {
        var (orphan, first, second) = (TestPki.Root("orphan"), TestPki.Root("first"), TestPki.Root("second"));
        var file = HandmadePkcs12.Of(
            KeyBag(orphan), KeyBag(first), KeyBag(second), HandmadePkcs12.Certificate(second.Der), HandmadePkcs12.Certificate(first.Der), HandmadePkcs12.Secret());

        var content = Pkcs12.Read(file, []);

        using var key = content.Key!;
        Assert.True(key.Matches(first.Der));
        Assert.Equal(first.Der, content.Leaf!.Value.ToArray());
        Assert.Equal(second.Der, Assert.Single(content.Others).ToArray());
        Assert.Equal((3, 1), (content.KeyCount, content.OtherCount));
    }

    [Fact]
    public void A_key_without_its_certificate_has_no_leaf()
    {
        var (mine, other) = (TestPki.Root("mine"), TestPki.Root("other"));

        var content = Pkcs12.Read(HandmadePkcs12.Of(KeyBag(mine), HandmadePkcs12.Certificate(other.Der)), []);

        using var key = content.Key!;
        Assert.True(key.Matches(mine.Der));
        Assert.Null(content.Leaf);
        Assert.Equal(other.Der, Assert.Single(content.Others).ToArray());
    }

    [Fact]
    public void A_file_with_an_invalid_certificate_is_damaged()
    {
        var mine = TestPki.Root("mine");

        var content = Pkcs12.Read(HandmadePkcs12.Of(KeyBag(mine), HandmadePkcs12.Certificate(mine.Der), HandmadePkcs12.Certificate([0x30, 0x00])), []);

        Assert.Same(Reasons.BadFormat, content.Fault);
    }

    [NeedsFact("openssl")]
    public void A_file_without_a_MAC_but_with_a_passphrase_is_reported_as_such()
    {
        Mint();
        _openssl.Run("pkcs12 -export -nomac -inkey leaf.key -in leaf.crt -passout pass:right -out a.p12");

        var content = Pkcs12.Read(_openssl.Read("a.p12"), "right"u8);

        Assert.Same(Reasons.BadFormat, content.Fault);
        Assert.Contains("has no MAC", content.Detail, StringComparison.Ordinal);
    }

    private static byte[] KeyBag(TestCertificate certificate) => HandmadePkcs12.Key(certificate.Key.ExportPkcs8PrivateKey());

    private void Mint()
    {
        _openssl.Run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout ca.key -out ca.crt -subj /CN=ca");
        _openssl.Run("req -x509 -CA ca.crt -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout leaf.key -out leaf.crt -subj /CN=leaf");
    }
}
