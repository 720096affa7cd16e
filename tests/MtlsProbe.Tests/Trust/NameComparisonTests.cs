using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>
/// Authorities write their name in one kind of string, and certificate tools copy it in another (RFC 5280 §7.1): the names are equal everywhere, as
/// in OpenSSL and Go.
/// </summary>
public sealed class NameComparisonTests : IDisposable
{
    private readonly TempFiles _files = new();

    public static TheoryData<string, string> Spellings => new()
    {
        { "PrintableString", "Issuing CA" },
        { "UTF8String", "Issuing CA" },
        { "UTF8String", "ISSUING ca" },
        { "PrintableString", " Issuing   CA " },
        { "BMPString", "issuing CA" },
    };

    public void Dispose() => _files.Dispose();

    [Theory, MemberData(nameof(Spellings))]
    public void A_chain_is_followed_to_presented_issuers_and_to_anchors(string kind, string text)
    {
        var (root, issuing, leaf) = Chain(kind, text);
        Assert.True(By(TestPki.Trust(root), [leaf, issuing]).Valid);
        Assert.True(By(TestPki.Trust(issuing), [leaf]).Valid);
        Assert.Single(TestPki.Trust(issuing).IssuersOf(leaf.Certificate));
    }

    [Theory, MemberData(nameof(Spellings))]
    public void The_certificates_of_a_PKCS12_file_are_put_in_order(string kind, string text)
    {
        var (root, issuing, leaf) = Chain(kind, text);
        _files.Write("a.p12", TempFiles.Pkcs12("sesame", leaf, root, issuing));
        _files.Write("a.pass", "sesame");
        var loaded = Looks.At(new Pkcs12File(_files.Path("a.p12"), _files.Path("a.pass")));
        Assert.Equal([leaf.Certificate, issuing.Certificate, root.Certificate], loaded.Good!.Chain);
    }

    [Fact]
    public void A_root_with_another_spelling_of_its_own_issuer_is_self_signed()
    {
        var root = TestPki.SelfSignedLeaf(Name, t => t with
        {
            SubjectDer = TestPki.Name((UniversalTagNumber.UTF8String, "Root CA")),
            IssuerDer = TestPki.Name((UniversalTagNumber.PrintableString, "root  ca")),
        });
        Assert.True(root.Certificate.IsSelfIssued);
        AssertErrors(By(TestPki.Trust(), [root]), Reasons.SelfSigned);
    }

    [Fact]
    public void A_pin_of_an_issuer_names_every_certificate_of_its_name_and_key()
    {
        var one = TestPki.Root("Pinned", t => t with { SubjectDer = TestPki.Name((UniversalTagNumber.PrintableString, "Pinned")) });
        var other = TestPki.Root("Pinned", t => t with { SubjectDer = TestPki.Name((UniversalTagNumber.UTF8String, "PINNED")), Key = one.Key });
        var pin = new PinnedCertificate(one.Certificate.Sha256, one.Certificate, "");
        Assert.True(pin.Names(other.Certificate));
        Assert.False(pin.Names(TestPki.Root("Pinned").Certificate));
    }

    [Fact]
    public void A_directory_name_lies_within_constraints_in_any_spelling()
    {
        var permitted = TestPki.Name((UniversalTagNumber.PrintableString, "Acme  Payments"));
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4)))
            writer.WriteEncodedValue(permitted);

        var root = TestPki.Root("Root");
        var issuer = root.Intermediate("Bound", t => t with { More = [new X509Extension("2.5.29.30", writer.Encode(), critical: true)] });
        bool Allows(string name) => By(TestPki.Trust(root), [issuer.Leaf(Name, t => t with { SubjectDer = TestPki.Name((UniversalTagNumber.UTF8String, name)) }), issuer]).Valid;
        Assert.True(Allows("ACME payments"));
        Assert.False(Allows("Acme Orders"));
    }

    /// <summary>The leaf has the name of its issuer in this spelling.</summary>
    private static (TestCertificate Root, TestCertificate Issuing, TestCertificate Leaf) Chain(string kind, string text)
    {
        var root = TestPki.Root("Root");
        var issuing = root.Intermediate("Issuing CA", t => t with { SubjectDer = TestPki.Name((UniversalTagNumber.PrintableString, "Issuing CA")) });
        var leaf = issuing.Leaf(Name, t => t with { IssuerDer = TestPki.Name((Enum.Parse<UniversalTagNumber>(kind), text)) });
        return (root, issuing, leaf);
    }
}
