using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Minting;
using MtlsProbe.Rotation;

namespace MtlsProbe.Tests.Rotation;

/// <summary>What the rules of public authorities mean for a certificate issued by one.</summary>
public class PublicCertificateTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Public Root");
    private static readonly TestCertificate s_issuing = s_root.Intermediate("Public Issuing");

    [Theory]
    [InlineData("2026-03-14", 200, "")]
    [InlineData("2026-03-14", 398, "public_renewal_shorter")] // it ends in April 2027
    [InlineData("2026-03-14", 399, "public_lifetime")]
    [InlineData("2026-03-15", 200, "")]
    [InlineData("2026-06-01", 201, "public_lifetime")]
    [InlineData("2026-10-01", 200, "public_renewal_shorter")]
    [InlineData("2026-10-01", 90, "")]
    [InlineData("2028-12-30", 90, "public_renewal_shorter")]
    [InlineData("2029-03-15", 47, "")]
    [InlineData("2029-03-15", 48, "public_lifetime")]
    public void A_lifetime_beyond_the_limit_of_the_day_is_reported(string issued, int days, string expected)
    {
        var from = DateTimeOffset.Parse(issued + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        var leaf = Public(template => template with { NotBefore = from, NotAfter = from.AddDays(days).AddSeconds(-1) });

        Assert.Equal(expected.Length == 0 ? [] : [expected], Codes(leaf));
    }

    [Fact]
    public void A_certificate_that_clients_may_use_is_reported() =>
        Assert.Equal(["public_client_usage"], Codes(Public(template => template with { ExtendedKeyUsage = [TestTemplate.ServerAuth, TestTemplate.ClientAuth], NotAfter = template.NotBefore.AddDays(40) })));

    /// <summary>A private authority in the machine's store does not assert that it follows the rules of public ones.</summary>
    [Fact]
    public void A_certificate_is_public_if_it_says_so_and_has_an_anchor_of_the_machine()
    {
        var (said, silent) = (Public(Old), s_issuing.Leaf("a.test", Old));

        Assert.Equal(["public_lifetime"], Codes(said));
        Assert.Empty(Codes(silent));
        Assert.Empty(PublicCertificate.Warnings([said.Certificate, s_issuing.Certificate], TestPki.Trust(TestPki.Root("Public Root"))));
        Assert.Empty(PublicCertificate.Warnings([said.Certificate], TestPki.Trust(s_root))); // the intermediate is missing
        Assert.Empty(PublicCertificate.Warnings([said.Certificate, s_issuing.Certificate], null));

        static TestTemplate Old(TestTemplate template) => template with { NotAfter = template.NotBefore.AddDays(800) };
    }

    [Fact]
    public void Certificates_of_one_issuer_with_different_lifetimes_are_reported()
    {
        var (one, two, other) = (Living(s_issuing, 90), Living(s_issuing, 90), Living(s_issuing, 700));

        var note = Assert.Single(LifetimeClass.MixedWithinIssuers([one, two, other, Living(s_root, 3650)])).Message;
        Assert.Equal("the certificates of CN=Public Issuing have different lifetimes: 2 live up to 100 days, 1 lives more than 400 days (CN=a.test); check that all of them are renewed", note);
        Assert.Empty(LifetimeClass.MixedWithinIssuers([one, two]));

        static Certificate Living(TestCertificate issuer, int days) => issuer.Leaf("a.test", template => template with { NotAfter = template.NotBefore.AddDays(days) }).Certificate;
    }

    private static IEnumerable<string> Codes(TestCertificate leaf) =>
        PublicCertificate.Warnings([leaf.Certificate, s_issuing.Certificate], TestPki.Trust(s_root)).Select(warning => warning.Code);

    private static TestCertificate Public(Func<TestTemplate, TestTemplate> change) =>
        s_issuing.Leaf("a.test", template => change(template with { More = [new X509Extension("2.5.29.32", Policies(), critical: false)] }));

    /// <summary>Domain validation.</summary>
    private static byte[] Policies()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using var policy = writer.PushSequence();
            writer.WriteObjectIdentifier("2.23.140.1.2.1");
        }

        return writer.Encode();
    }
}
