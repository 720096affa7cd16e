using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Certificates;
using MtlsProbe.Tests.OpenSsl;

namespace MtlsProbe.Tests.Certificates;

/// <summary>What is read from certificates, usual, odd and hostile.</summary>
public class CertificateTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");

    [Fact]
    public void The_facts_of_a_certificate_are_those_in_its_fields()
    {
        var minted = s_root.Leaf("a.test", t => t with
        {
            Subject = "CN=a.test, OU=Payments, O=Acme, C=DE",
            Dns = ["a.test", "*.b.test"],
            Ip = ["10.0.0.7", "2001:db8::1"],
            Uris = ["spiffe://acme.test/ns/payments"],
            Emails = ["me@a.test"],
            Serial = [0x0a, 0x1b],
        });
        var certificate = minted.Certificate;
        Assert.Equal("CN=a.test, OU=Payments, O=Acme, C=DE", certificate.Subject);
        Assert.Equal("CN=Root", certificate.Issuer);
        Assert.Equal("0a1b", certificate.Serial);
        Assert.Equal(minted.Template.NotBefore, certificate.NotBefore);
        Assert.Equal(minted.Template.NotAfter, certificate.NotAfter);
        Assert.Equal(TimeSpan.Zero, certificate.NotAfter.Offset);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(minted.Der)), certificate.Sha256);
        Assert.Equal(["a.test", "*.b.test"], certificate.DnsNames);
        Assert.Equal(["10.0.0.7", "2001:db8::1"], certificate.IpAddresses);
        Assert.Equal(["spiffe://acme.test/ns/payments"], certificate.Uris);
        Assert.Equal(["me@a.test"], certificate.Rules.AlternativeNames.All.Where(name => name.Form == GeneralName.Email).Select(name => name.Text));
        Assert.Equal("EC P-256", certificate.Key);
        Assert.Equal(3, certificate.Rules.Version);
        Assert.Equal("SHA-256", certificate.Rules.SignatureHash);
        Assert.Equal(false, certificate.Rules.IsCertificateAuthority);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, certificate.Rules.KeyUsage);
        Assert.Equal(["1.3.6.1.5.5.7.3.1"], certificate.Rules.ExtendedKeyUsage);
        Assert.Equal(s_root.Certificate.Rules.SubjectKeyIdentifier.ToArray(), certificate.Rules.AuthorityKeyIdentifier.ToArray());
        Assert.Empty(certificate.Rules.MalformedExtensions);
        Assert.Empty(certificate.Rules.UnknownCriticalExtensions);
        Assert.False(certificate.IsSelfIssued);
        Assert.True(s_root.Certificate.IsSelfIssued);
    }

    [Fact]
    public void Certificates_of_one_issuer_share_its_name_and_those_with_such_a_key_what_is_known_of_it()
    {
        var root = TestPki.Root("Shared Root");
        var (one, other) = (root.Leaf("a.test").Certificate, root.Leaf("b.test").Certificate);

        Assert.Equal("CN=Shared Root", one.Issuer);
        Assert.Same(one.Issuer, other.Issuer);
        Assert.Same(one.Rules.PublicKey, other.Rules.PublicKey);
        Assert.True(one.HasIssuerName(root.Certificate));
        Assert.False(TestPki.Root("Other Root").Leaf("a.test").Certificate.HasIssuerName(root.Certificate));
    }

    [Fact]
    public void The_name_of_a_hostile_issuer_is_not_kept()
    {
        var root = TestPki.Root(new string('x', 600));
        var (one, other) = (root.Leaf("a.test").Certificate, root.Leaf("b.test").Certificate);

        Assert.Equal(one.Issuer, other.Issuer);
        Assert.NotSame(one.Issuer, other.Issuer);
        Assert.True(one.HasIssuerName(root.Certificate));
        Assert.True(one.WithoutContent(4).HasIssuerName(root.Certificate.WithoutContent(4)));
    }

    [Fact]
    public void Certificates_are_equal_when_their_bytes_are()
    {
        var one = s_root.Leaf("a.test");
        Assert.Equal(one.Certificate, Certificate.TryParse(one.Der.ToArray()));
        Assert.NotEqual(one.Certificate, s_root.Leaf("a.test").Certificate);
    }

    [Fact]
    public void Every_usage_bit_is_read_like_the_base_class_library_does()
    {
        foreach (var usage in Enum.GetValues<X509KeyUsageFlags>().Where(usage => usage != 0))
        {
            var more = X509KeyUsageFlags.KeyCertSign | usage;
            var leaf = s_root.Leaf("a.test", t => t with { KeyKind = TestKeyKind.Rsa2048, KeyUsage = more });
            Assert.Equal(more, leaf.Certificate.Rules.KeyUsage);
        }
    }

    [NeedsTheory("openssl")]
    [InlineData("01", "01")]
    [InlineData("00", "00")]
    [InlineData("7F", "7f")]
    [InlineData("00FF", "ff")] // the sign octet is not part of the number
    [InlineData("009A0102", "9a0102")]
    [InlineData("0A1B", "0a1b")]
    [InlineData("FF", "-01")]
    [InlineData("80", "-80")]
    [InlineData("8000", "-8000")]
    [InlineData("FF7F", "-81")]
    public void A_serial_number_is_the_hex_that_openssl_shows(string content, string expected)
    {
        var der = Crafted(serial: content);
        Assert.Equal(expected, Certificate.TryParse(der)!.Serial);
        using var tool = new OpensslTool();
        File.WriteAllBytes(tool.Path("c.der"), der);
        tool.Run("x509 -in c.der -inform DER -serial -noout -out serial");
        Assert.Equal($"serial={expected.ToUpperInvariant()}", File.ReadAllText(tool.Path("serial")).Trim());
    }

    [Fact]
    public void A_very_long_serial_number_is_cut()
    {
        var serial = s_root.Leaf("a.test", t => t with { Serial = [0x7f, .. new byte[5000]] }).Certificate.Serial;
        Assert.Equal(129, serial.Length);
        Assert.EndsWith("…", serial, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99991231235959Z", "9999-12-31T23:59:59")] // no expiry (RFC 5280 §4.1.2.5)
    [InlineData("20500101000000Z", "2050-01-01T00:00:00")]
    [InlineData("19000101000000Z", "1900-01-01T00:00:00")]
    [InlineData("491231235959Z", "2049-12-31T23:59:59")]
    [InlineData("500101000000Z", "1950-01-01T00:00:00")]
    public void Odd_dates_are_read_to_the_second_in_UTC(string text, string expected)
    {
        var certificate = Certificate.TryParse(WithNotAfter(text));
        Assert.Equal(expected, certificate!.NotAfter.UtcDateTime.ToString("s"));
    }

    [Theory]
    [InlineData("20260230000000Z")]
    [InlineData("20261301000000Z")]
    [InlineData("00000101000000Z")]
    [InlineData("notatimeatall")]
    [InlineData("")]
    public void An_invalid_date_is_refused(string text) => Assert.Null(Certificate.TryParse(WithNotAfter(text)));

    [Theory]
    [InlineData("1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.1")]
    [InlineData("1.3.101.112", "Ed25519")]
    [InlineData("1.3.101.113", "Ed448")]
    [InlineData("1.2.840.113549.1.1.1", "RSA unreadable")]
    [InlineData("1.2.840.10045.2.1", "EC explicit parameters")]
    public void A_key_of_another_kind_is_named_and_does_no_harm(string algorithm, string expected)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence()) writer.WriteObjectIdentifier(algorithm);
            writer.WriteBitString([1, 2, 3]);
        }

        Assert.Equal(new PublicKeyFacts(expected, null, null), PublicKeyFacts.Read(writer.Encode()));
    }

    [Fact]
    public void Sizes_of_keys_are_counted_in_bits()
    {
        var zeros = new string('0', 510);
        foreach (var (bits, modulus) in new[] { (2048, "0080" + zeros), (2047, "40" + zeros), (1, "01"), (0, "00"), (9, "0100") })
        {
            var key = new AsnWriter(AsnEncodingRules.BER);
            using (key.PushSequence())
            {
                key.WriteInteger(Convert.FromHexString(modulus));
                key.WriteInteger(65537);
            }

            var info = Info("1.2.840.113549.1.1.1", null, key.Encode());
            Assert.Equal(new PublicKeyFacts($"RSA {bits}", bits, null), PublicKeyFacts.Read(info));
        }

        Assert.Equal(new PublicKeyFacts("EC P-521", null, 521), PublicKeyFacts.Read(Info("1.2.840.10045.2.1", "1.3.132.0.35", [4])));
        Assert.Equal(new PublicKeyFacts("EC 1.2.3", null, null), PublicKeyFacts.Read(Info("1.2.840.10045.2.1", "1.2.3", [4])));
    }

    [NeedsFact("openssl")]
    public void A_key_on_a_curve_that_is_spelled_out_has_a_size()
    {
        using var tool = new OpensslTool();
        tool.Run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-192 -pkeyopt ec_param_enc:explicit -nodes -keyout key.pem"
            + " -subj /CN=x -out c.der -outform DER");
        Assert.Equal(new PublicKeyFacts("EC explicit parameters", null, 192), Certificate.TryParse(tool.Read("c.der"))!.Rules.PublicKey);
    }

    [NeedsTheory("openssl")]
    [InlineData("-newkey rsa:2048 -sha1", "SHA-1")]
    [InlineData("-newkey rsa:2048 -md5", "MD5")]
    [InlineData("-newkey rsa:2048 -sigopt rsa_padding_mode:pss -sha384", "SHA-384")]
    [InlineData("-newkey rsa:2048 -sigopt rsa_padding_mode:pss -sha1", "SHA-1")]
    [InlineData("-newkey ed25519", null)]
    public void The_hash_of_a_signature_is_known_for_every_padding(string options, string? expected)
    {
        using var tool = new OpensslTool();
        tool.Run($"req -x509 {options} -nodes -keyout key.pem -subj /CN=x -out c.der -outform DER");
        Assert.Equal(expected, Certificate.TryParse(tool.Read("c.der"))!.Rules.SignatureHash);
    }

    [NeedsFact("openssl")]
    public void A_certificate_of_version_one_is_read()
    {
        using var tool = new OpensslTool();
        tool.Run("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /CN=Old -out request.pem");
        tool.Run("x509 -req -in request.pem -signkey key.pem -days 30 -out c.der -outform DER");
        var certificate = Certificate.TryParse(tool.Read("c.der"))!;
        Assert.Equal(1, certificate.Rules.Version);
        Assert.Null(certificate.Rules.IsCertificateAuthority);
        Assert.Equal("CN=Old", certificate.Subject);
    }

    [Fact]
    public void Of_five_thousand_names_the_first_are_kept_and_all_can_be_read()
    {
        var names = Enumerable.Range(0, 5000).Select(number => $"n{number}.test").ToList();
        var certificate = s_root.Leaf("a.test", t => t with { Dns = names }).Certificate;
        Assert.Equal(names.Take(AlternativeNames.MostKept), certificate.DnsNames);
        Assert.Equal(5000, certificate.NamesTotal);
        Assert.Equal(names, certificate.Rules.AlternativeNames.All.Select(name => name.Text));
    }

    [Fact]
    public void The_costliest_certificate_costs_little_more_than_its_bytes()
    {
        var certificate = s_root.Leaf("a.test", t => t with { Dns = [], More = [CrowdedCertificate.AlternativeNames()] }).Certificate;
        Assert.Equal(CrowdedCertificate.Names, certificate.NamesTotal);
        Assert.InRange(CertificateCost.Of(certificate), certificate.Der.Length, certificate.Der.Length + 20_000);
    }

    [Fact]
    public void Long_names_are_bounded_by_their_characters()
    {
        var certificate = s_root.Leaf("a.test", t => t with { Uris = [.. Enumerable.Range(0, 80).Select(number => $"https://a.test/{number}{new string('x', 900)}")] }).Certificate;
        Assert.InRange(certificate.Uris.Sum(uri => uri.Length), 1000, AlternativeNames.MostCharacters);
        Assert.Equal(81, certificate.NamesTotal);
    }

    [Fact]
    public void Of_thousands_of_key_purposes_the_decisive_one_is_kept()
    {
        List<string> purposes = [.. Enumerable.Range(1, 5000).Select(number => $"1.3.{number}"), KeyPurposes.ServerAuth];
        var kept = s_root.Leaf("a.test", t => t with { ExtendedKeyUsage = purposes }).Certificate.Rules.ExtendedKeyUsage!.Value;
        Assert.Equal(CertificateRules.MostKept + 1, kept.Count);
        Assert.True(KeyPurposes.AllowServers(kept));
    }

    [Theory]
    [InlineData("3006820161820162", "a b", false)]
    [InlineData("300A8201618700820162A000", "a b", true)] // an address of zero octets; the other names are kept
    [InlineData("30068201FF820162", "b", true)] // not an IA5 character
    [InlineData("300682016182056262", "", true)] // cut off
    [InlineData("300682016102010530", "", true)]
    [InlineData("0403616263", "", true)]
    [InlineData("", "", true)]
    public void Malformed_alternative_names_are_reported_and_do_no_harm(string der, string expected, bool isMalformed)
    {
        var extension = new X509Extension("2.5.29.17", Convert.FromHexString(der), critical: false);
        var leaf = s_root.Leaf("a.test", t => t with { Dns = [], More = [extension] }).Certificate;
        Assert.Equal(expected, string.Join(' ', leaf.DnsNames));
        Assert.Equal(isMalformed ? ["2.5.29.17"] : [], leaf.Rules.MalformedExtensions);
    }

    [Fact]
    public void A_duplicate_extension_is_malformed()
    {
        var again = new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            for (var copy = 0; copy < 2; copy++)
            {
                using var _ = writer.PushSequence();
                writer.WriteObjectIdentifier("2.5.29.19");
                writer.WriteBoolean(true);
                writer.WriteOctetString(again.RawData);
            }
        }

        Assert.Equal(["2.5.29.19"], Certificate.TryParse(Crafted(writer.Encode()))!.Rules.MalformedExtensions);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0x30 })]
    [InlineData(new byte[] { 0x30, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x80, 0x00, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    public void Garbage_is_no_certificate(byte[] bytes) => Assert.Null(Certificate.TryParse(bytes));

    [Fact]
    public void A_certificate_with_trailing_bytes_or_in_PEM_is_not_DER()
    {
        Assert.Null(Certificate.TryParse((byte[])[.. s_root.Der, 0]));
        Assert.Null(Certificate.TryParse(System.Text.Encoding.ASCII.GetBytes(s_root.CertificatePem)));
    }

    [Fact]
    public void No_truncated_certificate_is_accepted()
    {
        for (var length = 0; length < s_root.Der.Length; length++) Assert.Null(Certificate.TryParse(s_root.Der.AsMemory(0, length)));
    }

    [Fact]
    public void Deep_nesting_does_no_harm()
    {
        var nested = Enumerable.Repeat<byte[]>([0x30, 0x80], 50_000).SelectMany(open => open).ToArray();
        Assert.Null(Certificate.TryParse(nested));
        var deep = new byte[] { 0x30, 0x80 };
        for (var depth = 0; depth < 200; depth++) deep = [0x30, 0x80, .. deep, 0, 0];
        Assert.Null(Certificate.TryParse(deep));
    }

    [Fact]
    public void No_bytes_make_it_throw()
    {
        var leaf = s_root.Leaf("a.test", t => t with { Ip = ["10.0.0.7"], PathLength = 1, IsAuthority = true }).Der;
        var change = Gen.Choose(0, leaf.Length - 1).Zip(Gen.Choose(0, 255), (position, value) => (position, (byte)value));
        var changes = change.ArrayOf().Resize(6).ToArbitrary();
        Prop.ForAll(changes, list =>
        {
            var bytes = leaf.ToArray();
            foreach (var (position, value) in list) bytes[position] = value;
            Certificate.TryParse(bytes);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));
        for (var position = 0; position < leaf.Length; position++)
        {
            foreach (var value in (byte[])[0, 1, 0x30, 0x7f, 0x80, 0xff])
            {
                var bytes = leaf.ToArray();
                bytes[position] = value;
                Certificate.TryParse(bytes);
            }
        }
    }

    /// <summary>With this text as its end, which is a UTCTime when it is short.</summary>
    private static byte[] WithNotAfter(string text) => Crafted(notAfter: text);

    /// <summary>A certificate that no library would mint. The signature is nonsense.</summary>
    private static byte[] Crafted(byte[]? extensions = null, string notAfter = "20300101000000Z", string serial = "01")
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0))) writer.WriteInteger(2);
                writer.WriteEncodedValue((byte[])[2, (byte)(serial.Length / 2), .. Convert.FromHexString(serial)]);
                Algorithm(writer);
                writer.WriteEncodedValue(new X500DistinguishedName("CN=issuer").RawData);
                using (writer.PushSequence())
                {
                    Time(writer, "200101000000Z");
                    Time(writer, notAfter);
                }

                writer.WriteEncodedValue(new X500DistinguishedName("CN=subject").RawData);
                writer.WriteEncodedValue(s_root.Bare.PublicKey.ExportSubjectPublicKeyInfo());
                if (extensions is not null)
                {
                    using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3))) writer.WriteEncodedValue(extensions);
                }
            }

            Algorithm(writer);
            writer.WriteBitString([1, 2, 3]);
        }

        return writer.Encode();
    }

    private static void Algorithm(AsnWriter writer)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
    }

    private static void Time(AsnWriter writer, string text)
    {
        var tag = (byte)(text.Length == 13 && char.IsDigit(text[0]) ? UniversalTagNumber.UtcTime : UniversalTagNumber.GeneralizedTime);
        writer.WriteEncodedValue((byte[])[tag, (byte)text.Length, .. System.Text.Encoding.ASCII.GetBytes(text)]);
    }

    private static byte[] Info(string algorithm, string? parameters, byte[] key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                if (parameters is not null) writer.WriteObjectIdentifier(parameters);
            }

            writer.WriteBitString(key);
        }

        return writer.Encode();
    }
}
