using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Rotation;

/// <summary>What is said about a new credential before any server sees it.</summary>
public sealed class CredentialWarningsTests
{
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Current = Root.Client("checkout");

    [Fact]
    public void The_warning_about_a_revoked_replacement_comes_first()
    {
        var leaf = Root.Client("checkout").Certificate;
        var line = new CertificateRevocation
        {
            Depth = 0, Subject = leaf.Subject, Serial = leaf.Serial, Source = EvidenceSource.Ocsp, Status = RevocationStatus.Revoked, Reason = "superseded", Place = "http://ocsp.test/",
        };
        var warning = CredentialWarnings.Of(new CredentialFacts([leaf], [], [], [TestPki.Trust(Root)]) { Revocation = [line] }, TestPki.Now, TimeSpan.Zero)[0];

        Assert.Equal(("revoked", $"CN=checkout (serial {leaf.Serial}) was revoked (superseded), says http://ocsp.test/"), (warning.Code, warning.Message));
    }

    [Fact]
    public void A_renewal_of_the_same_kind_has_no_warning() => Assert.Empty(Codes(Root.Client("checkout")));

    [Theory]
    [InlineData(8, 7, false)]
    [InlineData(7, 7, false)]
    [InlineData(6.9, 7, true)]
    [InlineData(6.9, 6, false)]
    public void An_overlap_shorter_than_required_has_a_warning(double left, int least, bool warned)
    {
        var ending = Root.Client("checkout", t => t with { NotBefore = TestPki.Now.AddDays(left - 90), NotAfter = TestPki.Now.AddDays(left) });

        var warnings = Of([Root.Client("checkout")], [ending], least: least);

        Assert.Equal(warned ? ["overlap_short"] : [], warnings.Select(warning => warning.Code));
    }

    [Fact]
    public void The_overlap_begins_with_the_validity_of_the_new_one_and_ends_with_the_first_of_both()
    {
        var later = Root.Client("checkout", t => t with { NotBefore = TestPki.Now.AddDays(85), NotAfter = TestPki.Now.AddDays(175) });
        var shorter = Root.Client("checkout", t => t with { NotAfter = TestPki.Now.AddDays(3) });
        var never = Root.Client("checkout", t => t with { NotBefore = TestPki.Now.AddDays(91), NotAfter = TestPki.Now.AddDays(180) });

        Assert.Contains("are valid for 5d only", Of([later], [Current]).Single(w => w.Code == "overlap_short").Message);
        Assert.Contains("are valid for 3d only", Of([shorter], [Current]).Single(w => w.Code == "overlap_short").Message);
        Assert.Contains("no time from now on", Of([never], [Current]).Single(w => w.Code == "overlap_short").Message);
    }

    [Fact]
    public void A_certificate_that_is_not_valid_yet_or_has_expired_has_a_warning()
    {
        Assert.Contains("not_yet_valid", Codes(Root.Client("checkout", t => t with { NotBefore = TestPki.Now.AddDays(1) })));
        Assert.Contains("expired", Codes(Root.Client("checkout", t => t with { NotBefore = TestPki.Now.AddDays(-91), NotAfter = TestPki.Now.AddDays(-1) })));
    }

    [Fact]
    public void An_expired_intermediate_has_a_warning()
    {
        var intermediate = Root.Intermediate("Issuer", t => t with { NotBefore = TestPki.Now.AddDays(-91), NotAfter = TestPki.Now.AddDays(-1) });

        Assert.Contains(Of([intermediate.Client("checkout"), intermediate], [Current]), w => w.Code == "expired" && w.Message.StartsWith("CN=Issuer", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_subject_has_a_warning_with_both()
    {
        var warning = Assert.Single(Of([Root.Client("till")], [Current]));

        Assert.Equal("subject_changed", warning.Code);
        Assert.Contains("subject CN=till, the current one CN=checkout", warning.Message);
    }

    [Fact]
    public void Other_alternative_names_have_a_warning_with_the_removed_and_the_added_ones()
    {
        var before = Root.Client("checkout", t => t with { Dns = ["a.test", "b.test"], Uris = ["spiffe://test/checkout"] });
        var after = Root.Client("checkout", t => t with { Dns = ["B.TEST", "c.test"], Ip = ["10.0.0.1"] });

        var warning = Assert.Single(Of([after], [before]));

        Assert.Equal("names_changed", warning.Code);
        Assert.Contains("without DNS a.test, URI spiffe://test/checkout, with DNS c.test, IP 10.0.0.1 added", warning.Message);
    }

    [Fact]
    public void The_order_and_the_case_of_alternative_names_do_not_matter() => Assert.Empty(Of(
        [Root.Client("checkout", t => t with { Dns = ["b.test", "A.test"] })],
        [Root.Client("checkout", t => t with { Dns = ["a.test", "b.test"] })]));

    [Fact]
    public void Another_issuer_has_a_warning_with_both()
    {
        var other = TestPki.Root("Other");

        var warning = Assert.Single(Of([other.Client("checkout")], [Current], trust: [Root, other]));

        Assert.Equal("issuer_changed", warning.Code);
        Assert.Contains("issued by CN=Other, the current one by CN=Root", warning.Message);
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.1", true)]
    [InlineData("1.3.6.1.5.5.7.3.2", false)]
    [InlineData("2.5.29.37.0", false)]
    [InlineData(null, false)]
    public void A_usage_without_clientAuth_has_a_warning(string? usage, bool warned)
    {
        var codes = Codes(Root.Client("checkout", t => t with { ExtendedKeyUsage = usage is null ? null : [usage] }));

        Assert.Equal(warned ? ["no_client_usage"] : [], codes);
    }

    [Fact]
    public void A_leaf_without_its_intermediate_has_a_warning()
    {
        var intermediate = Root.Intermediate("Issuer");
        var (leaf, before) = (intermediate.Client("checkout"), intermediate.Client("checkout"));

        Assert.Equal(["missing_intermediates"], Of([leaf], [before, intermediate]).Select(w => w.Code));
        Assert.Empty(Of([leaf, intermediate], [before, intermediate]));
        Assert.Empty(Of([leaf], [before, intermediate], trust: [intermediate]));
        Assert.Empty(Of([leaf], [before])); // servers have it: the current one is sent in the same way
    }

    [Fact]
    public void An_intermediate_with_the_right_name_and_another_key_is_missing_nevertheless()
    {
        var (renewed, before) = (Root.Intermediate("Issuer"), Root.Intermediate("Issuer"));

        Assert.Equal(["missing_intermediates"], Of([renewed.Client("checkout"), before], [before.Client("checkout"), before]).Select(w => w.Code));
    }

    [Fact]
    public void A_self_signed_certificate_misses_nothing() =>
        Assert.DoesNotContain("missing_intermediates", Codes(TestPki.SelfSignedLeaf("checkout")));

    [Theory]
    [InlineData(7, 100, true)]
    [InlineData(8, 100, false)]
    [InlineData(100, 101, true)]
    [InlineData(101, 400, false)]
    [InlineData(400, 401, true)]
    [InlineData(401, 800, false)]
    public void A_lifetime_in_another_class_than_the_others_has_a_warning(int days, int others, bool warned)
    {
        TestCertificate Living(int days) => Root.Client("checkout", t => t with { NotAfter = t.NotBefore.AddDays(days) });

        var warnings = CredentialWarnings.Of(
            new CredentialFacts([Living(days).Certificate], [], [("billing", Living(others).Certificate)], [TestPki.Trust(Root)]), TestPki.Now, TimeSpan.Zero);

        Assert.Equal(warned ? ["lifetime_mixed"] : [], warnings.Select(warning => warning.Code));
        Assert.All(warnings, warning => Assert.Contains("unlike billing (", warning.Message));
    }

    [Theory]
    [InlineData(1.5, "is valid for 1.5 days (")]
    [InlineData(3653, "is valid for 10 years (")]
    [InlineData(2_900_000, "is valid for 7,939 years (")]
    public void A_long_lifetime_is_stated_in_years(double days, string words)
    {
        var leaf = Root.Client("checkout", t => t with { NotAfter = t.NotBefore.AddDays(days) }).Certificate;
        var other = Root.Client("billing", t => t with { NotAfter = t.NotBefore.AddDays(100) }).Certificate;

        var warnings = CredentialWarnings.Of(new CredentialFacts([leaf], [], [("billing", other)], [TestPki.Trust(Root)]), TestPki.Now, TimeSpan.Zero);

        Assert.Contains(words, warnings.Single(warning => warning.Code == "lifetime_mixed").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weaker_key_has_a_warning_and_another_type_of_the_same_strength_has_none()
    {
        TestCertificate With(TestKeyKind kind) => Root.Client("checkout", t => t with { KeyKind = kind });

        Assert.Equal(["weaker_key"], Of([With(TestKeyKind.EcP256)], [With(TestKeyKind.EcP384)]).Select(w => w.Code));
        Assert.Equal(["weaker_key"], Of([With(TestKeyKind.Rsa2048)], [With(TestKeyKind.EcP256)]).Select(w => w.Code));
        Assert.Equal(["weaker_key"], Of([With(TestKeyKind.Rsa1024)], [With(TestKeyKind.Rsa2048)]).Select(w => w.Code));
        Assert.Empty(Of([With(TestKeyKind.EcP256)], [With(TestKeyKind.Rsa2048)]));
    }

    [Theory]
    [InlineData("Ed25519", null, null, "EC P-384", null, 384, true)]
    [InlineData("Ed25519", null, null, "EC P-256", null, 256, false)]
    [InlineData("RSA 3072", 3072, null, "RSA 4096", 4096, null, true)]
    [InlineData("RSA 4096", 4096, null, "EC P-256", null, 256, false)]
    [InlineData("EC P-256", null, 256, "RSA 4096", 4096, null, false)]
    [InlineData("1.2.3", null, null, "EC P-256", null, 256, false)]
    public void Types_of_keys_are_compared_by_their_strength(string one, int? rsa, int? ec, string other, int? otherRsa, int? otherEc, bool weaker) =>
        Assert.Equal(weaker, KeyStrength.IsWeaker(new PublicKeyFacts(one, rsa, ec), new PublicKeyFacts(other, otherRsa, otherEc)));

    [Fact]
    public void The_current_certificate_itself_is_nothing_to_roll_out() => Assert.Equal(["same_certificate"], Codes(Current));

    [Fact]
    public void Without_a_current_one_the_new_one_is_judged_alone() =>
        Assert.Equal(["no_client_usage"], Of([Root.Leaf("checkout")], []).Select(w => w.Code));

    private static IEnumerable<string> Codes(TestCertificate leaf) => Of([leaf], [Current]).Select(warning => warning.Code);

    private static ValueList<PreflightWarning> Of(TestCertificate[] chain, TestCertificate[] current, int least = 7, TestCertificate[]? trust = null) => CredentialWarnings.Of(
        new CredentialFacts(
            chain.Select(c => c.Certificate).ToValueList(), current.Select(c => c.Certificate).ToValueList(), [], [TestPki.Trust(trust ?? [Root])]),
        TestPki.Now,
        TimeSpan.FromDays(least));
}
