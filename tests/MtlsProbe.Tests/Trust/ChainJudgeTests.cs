using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Tests.OpenSsl;
using MtlsProbe.Trust;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>Each fault of a chain alone: its reason, and a useful detail.</summary>
public class ChainJudgeTests
{
    private readonly TestCertificate _root = TestPki.Root("Root");
    private readonly TestCertificate _intermediate;
    private readonly TestCertificate _leaf;

    public ChainJudgeTests()
    {
        _intermediate = _root.Intermediate("Intermediate");
        _leaf = _intermediate.Leaf(Name);
    }

    private TrustBundle Trust => TestPki.Trust(_root);

    [Fact]
    public void A_complete_chain_is_valid_and_its_path_ends_in_the_anchor()
    {
        var verdict = By(Trust, [_leaf, _intermediate]);
        Assert.True(verdict.Valid);
        Assert.Empty(verdict.Errors);
        Assert.Empty(verdict.Notes);
        Assert.Null(verdict.Ocsp);
        Assert.Equal([_leaf.Certificate, _intermediate.Certificate, _root.Certificate], verdict.Path);
    }

    [Fact]
    public void An_intermediate_in_the_bundle_is_an_anchor()
    {
        var verdict = By(TestPki.Trust(_intermediate), [_leaf]);
        Assert.True(verdict.Valid);
        Assert.Equal([_leaf.Certificate, _intermediate.Certificate], verdict.Path);
    }

    [Fact]
    public void The_leaf_itself_in_the_bundle_is_an_anchor() => Assert.True(By(TestPki.Trust(_leaf), [_leaf]).Valid);

    [Fact]
    public void A_self_signed_leaf_in_the_bundle_is_trusted()
    {
        var leaf = TestPki.SelfSignedLeaf(Name);
        Assert.True(By(TestPki.Trust(leaf), [leaf]).Valid);
    }

    [Fact]
    public void An_expired_leaf_is_reported_with_its_name_serial_days_and_date()
    {
        var end = TestPki.Now.AddDays(-3).AddHours(-1);
        var leaf = _intermediate.Leaf(Name, t => t with { NotBefore = TestPki.Now.AddDays(-90), NotAfter = end });
        var verdict = By(Trust, [leaf, _intermediate]);
        AssertErrors(verdict, Reasons.Expired);
        Assert.Equal(
            $"CN=a.test (serial {leaf.Certificate.Serial}) expired 3 days ago ({end.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ})",
            verdict.Faults[0].Detail);
        Assert.Equal("CN=a.test", verdict.Faults[0].Subject);
    }

    [Fact]
    public void A_certificate_is_valid_in_the_first_and_in_the_last_second_of_its_period()
    {
        var (first, last) = (_leaf.Certificate.NotBefore, _leaf.Certificate.NotAfter);
        var root = TestPki.Root("Long", t => t with { NotBefore = first.AddDays(-1), NotAfter = last.AddDays(1) });
        var leaf = root.Leaf(Name);
        Assert.True(By(TestPki.Trust(root), [leaf], now: first).Valid);
        Assert.True(By(TestPki.Trust(root), [leaf], now: last).Valid);
        AssertErrors(By(TestPki.Trust(root), [leaf], now: first.AddMilliseconds(-1)), Reasons.NotYetValid);
        AssertErrors(By(TestPki.Trust(root), [leaf], now: last.AddMilliseconds(1)), Reasons.Expired);
    }

    [Theory]
    [InlineData(40, "expired 40 seconds ago")]
    [InlineData(61, "expired 1 minute ago")]
    [InlineData(7200, "expired 2 hours ago")]
    [InlineData(86400, "expired 1 day ago")]
    [InlineData(800 * 86400, "expired 2 years ago")]
    public void How_long_ago_is_said_in_the_largest_unit_that_fits(int seconds, string words)
    {
        var verdict = By(Trust, [_leaf, _intermediate], now: _leaf.Certificate.NotAfter.AddSeconds(seconds));
        Assert.Contains(words, verdict.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_that_is_valid_from_tomorrow_is_not_yet_valid()
    {
        var leaf = _intermediate.Leaf(Name, t => t with { NotBefore = TestPki.Now.AddHours(5) });
        var verdict = By(Trust, [leaf, _intermediate]);
        AssertErrors(verdict, Reasons.NotYetValid);
        Assert.Contains("becomes valid in 5 hours", verdict.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_intermediate_and_an_expired_anchor_are_faults_too()
    {
        static TestTemplate Expired(TestTemplate t) => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-2) };
        var intermediate = _root.Intermediate("Old", Expired);
        var verdict = By(Trust, [intermediate.Leaf(Name), intermediate]);
        AssertErrors(verdict, Reasons.Expired);
        Assert.Equal("CN=Old", verdict.Faults[0].Subject);

        var root = TestPki.Root("Old root", Expired);
        AssertErrors(By(TestPki.Trust(root), [root.Leaf(Name)]), Reasons.Expired);
    }

    [Fact]
    public void A_missing_intermediate_is_an_incomplete_chain_that_names_who_is_missing()
    {
        var verdict = By(Trust, [_leaf], known: [_intermediate]);
        AssertErrors(verdict, Reasons.IncompleteChain);
        Assert.Contains("CN=Intermediate", verdict.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Null(verdict.Faults[0].Subject);
    }

    [Fact]
    public void The_trusted_root_without_the_intermediate_between_is_an_incomplete_chain() =>
        AssertErrors(By(Trust, [_leaf, _root]), Reasons.IncompleteChain);

    [Fact]
    public void A_leaf_of_an_unknown_root_that_is_not_presented_has_an_untrusted_issuer() =>
        AssertErrors(By(Trust, [TestPki.Root("Foreign").Leaf(Name)]), Reasons.UntrustedIssuer);

    [Fact]
    public void A_chain_that_ends_in_a_foreign_root_has_an_untrusted_issuer()
    {
        var foreign = TestPki.Root("Foreign");
        var intermediate = foreign.Intermediate("Foreign intermediate");
        var verdict = By(Trust, [intermediate.Leaf(Name), intermediate, foreign]);
        AssertErrors(verdict, Reasons.UntrustedIssuer);
        Assert.Equal("CN=Foreign", verdict.Faults[0].Subject);
    }

    [Fact]
    public void A_foreign_root_in_last_place_is_an_untrusted_issuer_even_when_its_intermediate_is_missing()
    {
        var foreign = TestPki.Root("Foreign");
        AssertErrors(By(Trust, [foreign.Intermediate("Foreign intermediate").Leaf(Name), foreign]), Reasons.UntrustedIssuer);
    }

    [Fact]
    public void A_foreign_chain_without_its_root_has_an_untrusted_issuer()
    {
        var intermediate = TestPki.Root("Foreign").Intermediate("Foreign intermediate");
        AssertErrors(By(Trust, [intermediate.Leaf(Name), intermediate]), Reasons.UntrustedIssuer);
    }

    [Fact]
    public void A_root_of_the_same_name_but_another_key_is_no_anchor()
    {
        var impostor = TestPki.Root("Root");
        AssertErrors(By(Trust, [impostor.Leaf(Name), impostor]), Reasons.UntrustedIssuer);
    }

    [Fact]
    public void A_leaf_that_signed_itself_is_self_signed()
    {
        var verdict = By(Trust, [TestPki.SelfSignedLeaf(Name)]);
        AssertErrors(verdict, Reasons.SelfSigned);
        Assert.Equal("CN=a.test", verdict.Faults[0].Subject);
    }

    [Fact]
    public void A_self_signed_leaf_without_key_identifiers_is_self_signed_too() =>
        AssertErrors(By(Trust, [TestPki.SelfSignedLeaf(Name, t => t with { KeyIdentifiers = false })]), Reasons.SelfSigned);

    [Fact]
    public void Certificates_after_a_self_signed_leaf_do_not_help_it() =>
        AssertErrors(By(Trust, [TestPki.SelfSignedLeaf(Name), _intermediate, _root]), Reasons.SelfSigned);

    [Fact]
    public void A_flipped_bit_in_a_signature_is_a_bad_signature()
    {
        var leaf = _intermediate.Leaf(Name, t => t with { BreakSignature = true });
        var verdict = By(Trust, [leaf, _intermediate]);
        AssertErrors(verdict, Reasons.BadSignature);
        Assert.Contains("CN=Intermediate", verdict.Faults[0].Detail, StringComparison.Ordinal);
        var intermediate = _root.Intermediate("Broken", t => t with { BreakSignature = true });
        AssertErrors(By(Trust, [intermediate.Leaf(Name), intermediate]), Reasons.BadSignature);
    }

    [Fact]
    public void A_broken_self_signature_is_a_bad_signature_and_still_self_signed()
    {
        var leaf = TestPki.SelfSignedLeaf(Name, t => t with { BreakSignature = true });
        AssertErrors(By(Trust, [leaf]), Reasons.BadSignature, Reasons.SelfSigned);
    }

    [Fact]
    public void The_signature_of_an_anchor_is_not_checked()
    {
        var root = TestPki.Root("Broken", t => t with { BreakSignature = true });
        Assert.True(By(TestPki.Trust(root), [root.Leaf(Name)]).Valid);
        var leaf = _intermediate.Leaf(Name, t => t with { BreakSignature = true });
        Assert.True(By(TestPki.Trust(leaf), [leaf]).Valid);
    }

    [Fact]
    public void A_chain_of_an_authority_with_a_new_key_is_a_bad_signature_until_the_new_one_is_trusted()
    {
        var rekeyed = TestPki.Root("Root");
        var leaf = rekeyed.Leaf(Name);
        AssertErrors(By(Trust, [leaf]), Reasons.BadSignature);
        Assert.True(By(TestPki.Trust(_root, rekeyed), [leaf]).Valid);
    }

    [Fact]
    public void A_name_that_the_certificate_does_not_have_is_a_mismatch()
    {
        var verdict = By(Trust, [_leaf, _intermediate], "b.test");
        AssertErrors(verdict, Reasons.NameMismatch);
        Assert.Contains("is not for b.test: it is for a.test", verdict.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "1.3.6.1.5.5.7.3.1" }, true)]
    [InlineData(new[] { "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1" }, true)]
    [InlineData(new[] { "2.5.29.37.0" }, true)]
    [InlineData(null, true)]
    [InlineData(new[] { "1.3.6.1.5.5.7.3.2" }, false)]
    [InlineData(new[] { "1.3.6.1.5.5.7.3.2", "1.2.3.4" }, false)]
    public void The_extended_key_usage_must_allow_a_server_if_there_is_one(string[]? purposes, bool isValid)
    {
        var verdict = By(Trust, [_intermediate.Leaf(Name, t => t with { ExtendedKeyUsage = purposes }), _intermediate]);
        AssertErrors(verdict, isValid ? [] : [Reasons.WrongUsage]);
        if (!isValid) Assert.Contains("may not be used for a TLS server", verdict.Faults[0].Detail, StringComparison.Ordinal);
        var intermediate = _root.Intermediate("Bound", t => t with { ExtendedKeyUsage = purposes });
        verdict = By(Trust, [intermediate.Leaf(Name), intermediate]);
        AssertErrors(verdict, isValid ? [] : [Reasons.WrongUsage]);
        const string issuers = "may not issue certificates of TLS servers: its extended key usage is clientAuth";
        if (!isValid) Assert.Contains(issuers, verdict.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature, true)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment, true)]
    [InlineData(X509KeyUsageFlags.KeyAgreement, true)]
    [InlineData(X509KeyUsageFlags.CrlSign, false)]
    [InlineData(X509KeyUsageFlags.NonRepudiation, false)]
    public void The_key_usage_must_allow_a_handshake_if_there_is_one(X509KeyUsageFlags usage, bool isValid)
    {
        var leaf = _intermediate.Leaf(Name, t => t with { KeyUsage = usage });
        AssertErrors(By(Trust, [leaf, _intermediate]), isValid ? [] : [Reasons.WrongUsage]);
    }

    [Fact]
    public void A_leaf_without_any_restriction_is_valid()
    {
        var leaf = _intermediate.Leaf(Name, t => t with { KeyUsage = null, ExtendedKeyUsage = null, IsAuthority = null });
        Assert.True(By(Trust, [leaf, _intermediate]).Valid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public void An_issuer_that_is_no_authority_violates_a_constraint(bool? isAuthority)
    {
        var issuer = _root.Intermediate("No CA", t => t with { IsAuthority = isAuthority });
        AssertErrors(By(Trust, [issuer.Leaf(Name), issuer]), Reasons.ConstraintViolated);
        var root = TestPki.Root("No CA", t => t with { IsAuthority = isAuthority });
        AssertErrors(By(TestPki.Trust(root), [root.Leaf(Name)]), Reasons.ConstraintViolated);
    }

    [NeedsFact("openssl")]
    public void A_trusted_root_of_version_one_cannot_say_that_it_is_an_authority_and_need_not()
    {
        using var tool = new OpensslTool();
        tool.Run("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /CN=Old -out request.pem");
        tool.Run("x509 -req -in request.pem -signkey key.pem -days 30 -out root.der -outform DER");
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(tool.Path("key.pem")));
        var root = new TestCertificate(TestTemplate.Authority("Old"), tool.Read("root.der"), key);
        var leaf = root.Leaf(Name);
        var now = TestPki.Now.AddMinutes(5); // the tool used the time of its own clock
        Assert.True(By(TestPki.Trust(root), [leaf], now: now).Valid);
        AssertErrors(By(Trust, [leaf, root], now: now), Reasons.UntrustedIssuer, Reasons.ConstraintViolated);
    }

    [Fact]
    public void An_issuer_whose_key_may_not_sign_certificates_violates_a_constraint()
    {
        var issuer = _root.Intermediate("No sign", t => t with { KeyUsage = X509KeyUsageFlags.DigitalSignature });
        AssertErrors(By(Trust, [issuer.Leaf(Name), issuer]), Reasons.ConstraintViolated);
    }

    [Fact]
    public void A_path_longer_than_its_authority_allows_violates_a_constraint()
    {
        var zero = _root.Intermediate("Zero", t => t with { PathLength = 0 });
        Assert.True(By(Trust, [zero.Leaf(Name), zero]).Valid);
        var below = zero.Intermediate("Below");
        var verdict = By(Trust, [below.Leaf(Name), below, zero]);
        AssertErrors(verdict, Reasons.ConstraintViolated);
        Assert.Equal("CN=Zero", verdict.Faults[0].Subject);
    }

    [Fact]
    public void Self_issued_certificates_do_not_count_in_the_length_of_a_path()
    {
        var one = _root.Intermediate("One", t => t with { PathLength = 1 });
        var old = one.Intermediate("Rolled");
        var rolled = old.Intermediate("Rolled"); // the same authority with a new key
        Assert.True(By(Trust, [rolled.Leaf(Name), rolled, old, one]).Valid);
        var other = old.Intermediate("Other");
        AssertErrors(By(Trust, [other.Leaf(Name), other, old, one]), Reasons.ConstraintViolated);
    }

    [Fact]
    public void An_unknown_critical_extension_violates_a_constraint_and_one_that_is_not_critical_does_not()
    {
        X509Extension Odd(bool critical) => new("1.2.3.4.5", [5, 0], critical);
        Assert.True(By(Trust, [_intermediate.Leaf(Name, t => t with { More = [Odd(false)] }), _intermediate]).Valid);
        var verdict = By(Trust, [_intermediate.Leaf(Name, t => t with { More = [Odd(true)] }), _intermediate]);
        AssertErrors(verdict, Reasons.ConstraintViolated);
        Assert.Contains("1.2.3.4.5", verdict.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.5.29.19")]
    [InlineData("2.5.29.15")]
    [InlineData("2.5.29.37")]
    [InlineData("2.5.29.14")]
    [InlineData("2.5.29.35")]
    public void A_malformed_extension_violates_a_constraint(string id)
    {
        var leaf = _intermediate.Leaf(Name, t => t with
        {
            IsAuthority = null,
            KeyUsage = null,
            ExtendedKeyUsage = null,
            KeyIdentifiers = false,
            More = [new X509Extension(id, [0x30, 0x03, 0x02, 0x01], false)],
        });
        AssertErrors(By(Trust, [leaf, _intermediate]), Reasons.ConstraintViolated);
    }

    [Fact]
    public void A_weak_key_or_signature_anywhere_on_the_path_is_weak()
    {
        AssertErrors(By(Trust, [_intermediate.Leaf(Name, t => t with { KeyKind = TestKeyKind.Rsa1024 }), _intermediate]), Reasons.Weak);
        AssertErrors(By(Trust, [_intermediate.Leaf(Name, t => t with { KeyKind = TestKeyKind.EcP192 }), _intermediate]), Reasons.Weak);
        AssertErrors(By(Trust, [_intermediate.Leaf(Name, t => t with { Hash = HashAlgorithmName.SHA1 }), _intermediate]), Reasons.Weak);
        var weakIssuer = _root.Intermediate("Weak", t => t with { KeyKind = TestKeyKind.Rsa1024 });
        var verdict = By(Trust, [weakIssuer.Leaf(Name, t => t with { Hash = HashAlgorithmName.MD5 }), weakIssuer]);
        AssertErrors(verdict, Reasons.Weak);
        Assert.Equal(2, verdict.Faults.Count);
        Assert.Contains("MD5", verdict.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Contains("RSA 1024", verdict.Faults[1].Detail, StringComparison.Ordinal);
        Assert.True(By(Trust, [_intermediate.Leaf(Name, t => t with { KeyKind = TestKeyKind.Rsa2048 }), _intermediate]).Valid);
    }

    [Fact]
    public void A_root_that_signed_itself_with_SHA1_is_not_weak_for_that()
    {
        var root = TestPki.Root("Old", t => t with { Hash = HashAlgorithmName.SHA1 });
        Assert.True(By(TestPki.Trust(root), [root.Leaf(Name)]).Valid);
        AssertErrors(By(Trust, [root.Leaf(Name), root]), Reasons.UntrustedIssuer);
    }

    [Fact]
    public void No_certificate_at_all_is_no_valid_chain() => Assert.False(By(Trust, []).Valid);

    [Fact]
    public void Nothing_is_valid_with_an_empty_trust_bundle() =>
        AssertErrors(By(TestPki.Trust(), [_leaf, _intermediate]), Reasons.UntrustedIssuer);

    [Fact]
    public void A_judge_gives_the_same_verdict_again_and_in_parallel()
    {
        var judge = new ChainJudge();
        var other = _intermediate.Leaf("b.test");
        Parallel.For(0, 200, round =>
        {
            ChainVerdict Again(DateTimeOffset now, params Certificate[] presented) => judge.Judge(presented, Trust, new(Name), now, default);
            Assert.True(Again(TestPki.Now, _leaf.Certificate, _intermediate.Certificate).Valid);
            AssertErrors(Again(TestPki.Now, other.Certificate, _intermediate.Certificate), Reasons.NameMismatch);
            AssertErrors(Again(TestPki.Now, _leaf.Certificate), Reasons.UntrustedIssuer);
            AssertErrors(Again(TestPki.Now.AddDays(91), _leaf.Certificate, _intermediate.Certificate), Reasons.Expired);
        });
    }
}
