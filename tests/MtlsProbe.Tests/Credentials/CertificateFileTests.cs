using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Tests.OpenSsl;

namespace MtlsProbe.Tests.Credentials;

public sealed class CertificateFileTests : IDisposable
{
    private readonly OpensslTool _openssl = new();
    private readonly TestCertificate _one = TestPki.Root("One");
    private readonly TestCertificate _two = TestPki.Root("Two");

    public void Dispose() => _openssl.Dispose();

    [Fact]
    public void A_byte_order_mark_before_any_block_is_passed_over()
    {
        var file = Parse("\uFEFF" + TestPki.Pem(_one) + "\uFEFF" + TestPki.Pem(_two));

        Assert.Equal([_one.Certificate, _two.Certificate], file.Certificates);
        Assert.Null(file.Fault);
    }

    [Theory]
    [InlineData("X509 CERTIFICATE")]
    [InlineData("TRUSTED CERTIFICATE")]
    public void A_certificate_is_one_under_every_label_alone_and_beside_others(string label)
    {
        var block = PemEncoding.WriteString(label, _two.Der) + "\n";

        Assert.Equal([_two.Certificate], Parse(block).Certificates);
        Assert.Equal([_one.Certificate, _two.Certificate], Parse(TestPki.Pem(_one) + block).Certificates);
        Assert.Equal([_two.Certificate, _one.Certificate], Parse(block + TestPki.Pem(_one)).Certificates);
    }

    [NeedsFact("openssl")]
    public void What_OpenSSL_writes_behind_a_trusted_certificate_is_no_part_of_it()
    {
        File.WriteAllText(_openssl.Path("a.crt"), TestPki.Pem(_one));
        _openssl.Run("x509 -in a.crt -trustout -addtrust serverAuth -addreject emailProtection -setalias mine -out trusted.crt");

        var file = CertificateFile.Parse(_openssl.Read("trusted.crt"), "trusted.crt");

        Assert.Equal([_one.Certificate], file.Certificates);
        Assert.Equal(1, file.Settings);
        Assert.Equal(_one.Der, file.Certificates[0].Der.ToArray());
    }

    [Fact]
    public void Only_a_trusted_certificate_may_have_something_behind_it()
    {
        byte[] longer = [.. _one.Der, 0x30, 0x00];

        Assert.Null(Parse(PemEncoding.WriteString("TRUSTED CERTIFICATE", longer)).Fault);
        Assert.NotNull(Parse(PemEncoding.WriteString("CERTIFICATE", longer)).Fault);
    }

    [Fact]
    public void A_damaged_certificate_is_named_with_its_number_and_its_line()
    {
        var bad = PemEncoding.WriteString("CERTIFICATE", [0x30, 0x03, 1, 2, 3]) + "\n";
        var line = TestPki.Pem(_one).Count(c => c == '\n') + 2;

        var broken = Parse("words\n" + TestPki.Pem(_one) + bad + TestPki.Pem(_two)).Fault!;
        var cut = Parse("words\n" + TestPki.Pem(_one) + TestPki.Pem(_two)[..^100]).Fault!;

        Assert.Same(Reasons.BadFormat, broken.Reason);
        Assert.Equal($"a.crt is damaged: certificate 2 of 3, at line {line}, is not a certificate", broken.Detail);
        Assert.Equal($"a.crt is damaged: 2 certificates begin, 1 are complete; number 2, at line {line}, is not", cut.Detail);
    }

    [Fact]
    public void A_file_without_certificates_is_described_by_its_content()
    {
        Assert.EndsWith("contains no PEM certificate, only 1 × PRIVATE KEY (at line 2)", Parse("\n" + _one.KeyPem).Fault!.Detail, StringComparison.Ordinal);
        var utf16 = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(TestPki.Pem(_one))).ToArray();
        Assert.Contains("UTF-16", CertificateFile.Parse(utf16, "a.crt").Fault!.Detail, StringComparison.Ordinal);
    }

    /// <summary>The text must not be read again for each of them.</summary>
    [Fact]
    public void A_file_of_many_block_beginnings_is_judged_like_any_other()
    {
        var text = string.Concat(Enumerable.Repeat("-----BEGIN CERTIFICATE-----\n", MaterialFiles.MaxSize / 28));

        Assert.Same(Reasons.BadFormat, Parse(text).Fault!.Reason);
    }

    /// <summary>
    /// Forty thousand sentences, of which one is read, would take fifteen megabytes; and for each of them, all blocks would be searched.
    /// </summary>
    [Fact]
    public void A_file_of_many_block_beginnings_gives_one_sentence_and_a_count()
    {
        var beginnings = MaterialFiles.MaxSize / 28;
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("-----BEGIN CERTIFICATE-----\n", beginnings)));
        CertificateFile.ParseWhatCanBeRead(text, "a.crt");

        var before = GC.GetAllocatedBytesForCurrentThread();
        var file = CertificateFile.ParseWhatCanBeRead(text, "a.crt");
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal($"a.crt is damaged: {beginnings} certificates begin, 0 are complete; number 1, at line 1, is not", file.Broken);
        Assert.Equal(beginnings, file.BrokenCount);
        Assert.True(allocated < 8 << 20, $"{allocated} bytes");
    }

    [Fact]
    public void Of_many_kinds_of_blocks_ten_are_named_and_the_others_are_counted()
    {
        var text = string.Concat(Enumerable.Range(10, 15).Select(i => $"-----BEGIN KIND {i}-----\n"));

        Assert.EndsWith("1 × KIND 19 (at line 10) and 5 other kinds", Parse(text).Fault!.Detail, StringComparison.Ordinal);
    }

    private static CertificateFile Parse(string text) => CertificateFile.Parse(Encoding.UTF8.GetBytes(text), "a.crt");
}
