using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>An unknown root is not an incomplete chain: it determines whose file must be fixed.</summary>
public class MissingIssuerTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_policy = s_root.Intermediate("Policy");
    private static readonly TestCertificate s_issuing = s_policy.Intermediate("Issuing");
    private static readonly TestCertificate s_leaf = s_issuing.Leaf(Name);
    private static readonly TestCertificate s_foreign = TestPki.Root("Foreign");
    private static readonly TestCertificate s_abroad = s_foreign.Intermediate("Abroad");

    private static TrustBundle Trust => new("internal", [s_root.Certificate]);

    [Fact]
    public void A_leaf_with_its_intermediate_under_an_unknown_root_has_an_untrusted_issuer_that_is_named()
    {
        var fault = Fault([s_abroad.Leaf(Name), s_abroad]);
        Assert.Equal(Reasons.UntrustedIssuer, fault.Error);
        Assert.Equal("the chain stops at CN=Abroad, whose issuer CN=Foreign is not in the bundle internal", fault.Detail);
        Assert.Equal("CN=Abroad", fault.Subject);
        Assert.Equal(Reasons.UntrustedIssuer.Hint, fault.Hint);
    }

    [Fact]
    public void A_leaf_whose_issuer_is_unknown_has_an_untrusted_issuer_and_a_hint_at_both_possibilities()
    {
        foreach (var leaf in (TestCertificate[])[s_foreign.Leaf(Name), s_issuing.Leaf(Name)])
        {
            var fault = Fault([leaf]);
            Assert.Equal(Reasons.UntrustedIssuer, fault.Error);
            Assert.StartsWith($"the chain stops at CN=a.test, whose issuer {leaf.Certificate.Issuer} is not in the bundle internal", fault.Detail, StringComparison.Ordinal);
            Assert.Contains("a root that our trust bundle lacks", fault.Hint, StringComparison.Ordinal);
            Assert.Contains("an intermediate that the server does not send", fault.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Unrelated_certificates_beside_the_leaf_are_not_its_issuer() => Assert.Equal(Reasons.UntrustedIssuer, Fault([s_issuing.Leaf(Name), s_abroad]).Error);

    [Fact]
    public void An_intermediate_that_another_server_presents_makes_the_chain_incomplete_and_is_named_with_that_server()
    {
        var fault = Fault([s_leaf], (s_issuing, "presented by the target orders"), (s_policy, "in /etc/chain.pem"));
        Assert.Equal(Reasons.IncompleteChain, fault.Error);
        Assert.Null(fault.Subject);
        Assert.Equal(
            $"the issuer of CN=a.test (serial {s_leaf.Certificate.Serial}), CN=Issuing, was neither presented nor is it in the trust bundle internal; it is known "
            + $"(serial {s_issuing.Certificate.Serial}, presented by the target orders), and so is its issuer, CN=Policy (serial {s_policy.Certificate.Serial}, in /etc/chain.pem)",
            fault.Detail);
    }

    [Fact]
    public void A_gap_in_the_middle_of_the_chain_is_incomplete_if_its_certificate_is_known_and_otherwise_not()
    {
        Assert.Equal(Reasons.IncompleteChain, Fault([s_leaf, s_issuing], (s_policy, "presented by the target orders")).Error);
        Assert.Equal(
            "the chain stops at CN=Issuing, whose issuer CN=Policy is not in the bundle internal",
            Fault([s_leaf, s_issuing]).Detail);
    }

    [Fact]
    public void A_known_intermediate_without_an_anchor_is_reported_as_such()
    {
        var fault = Fault([s_abroad.Leaf(Name)], (s_abroad, "presented by the target orders"));
        Assert.Equal(Reasons.IncompleteChain, fault.Error);
        Assert.EndsWith("but even with it the chain stops at CN=Abroad, whose issuer CN=Foreign is not in the bundle internal", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_of_another_bundle_is_not_a_certificate_to_append()
    {
        foreach (var presented in (TestCertificate[][])[[s_abroad.Leaf(Name), s_abroad], [s_foreign.Leaf(Name)]])
        {
            var fault = Fault(presented, (s_foreign, "in the trust bundle partners"));
            Assert.Equal(Reasons.UntrustedIssuer, fault.Error);
            Assert.EndsWith($"it is known (serial {s_foreign.Certificate.Serial}, in the trust bundle partners)", fault.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bridge_from_a_new_root_to_the_old_one_is_what_a_server_can_append()
    {
        var bridge = s_root.CrossSign(s_foreign);
        var fault = Fault([s_abroad.Leaf(Name), s_abroad], (s_foreign, "in the trust bundle next"), (bridge, "presented by the target orders"));
        Assert.Equal(Reasons.IncompleteChain, fault.Error);
        Assert.EndsWith($"it is known (serial {bridge.Certificate.Serial}, presented by the target orders)", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_issuer_with_the_right_name_that_did_not_sign_is_not_the_missing_one()
    {
        var namesake = s_root.Intermediate("Issuing");
        Assert.Equal(Reasons.UntrustedIssuer, Fault([s_leaf], (namesake, "presented by the target orders")).Error);
        Assert.Equal(Reasons.IncompleteChain, Fault([s_leaf], (namesake, "here"), (s_issuing, "there")).Error);
    }

    [Fact]
    public void Certificates_from_elsewhere_make_no_chain_valid()
    {
        var verdict = Verdict([s_leaf], (s_issuing, "here"), (s_policy, "here"), (s_root, "here"));
        AssertErrors(verdict, Reasons.IncompleteChain);
        Assert.Equal([s_leaf.Certificate], verdict.Path);
    }

    [Fact]
    public void A_leaf_with_a_place_for_its_issuer_is_incomplete_and_the_place_is_shown_and_bounded()
    {
        var fault = Fault([s_foreign.Leaf(Name, t => t with { More = [Access("http://pki.test/issuing.crt")] })]);
        Assert.Equal(Reasons.IncompleteChain, fault.Error);
        Assert.EndsWith("; the certificate names a place to get it: http://pki.test/issuing.crt", fault.Detail, StringComparison.Ordinal);

        fault = Fault([s_foreign.Leaf(Name, t => t with { More = [Access("http://\u001b[31m/" + new string('x', 5000))] })]);
        Assert.Contains(@"http://\u{1b}[31m/xxx", fault.Detail, StringComparison.Ordinal);
        Assert.InRange(fault.Detail.Length, 200, 600);
        Assert.EndsWith("x…", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_for_the_issuer_is_irrelevant_if_the_issuer_was_presented() =>
        Assert.Equal(Reasons.UntrustedIssuer, Fault([s_abroad.Leaf(Name, t => t with { More = [Access("http://pki.test/a.crt")] }), s_abroad]).Error);

    [Theory]
    [InlineData("3000")]
    [InlineData("0500")]
    [InlineData("30")]
    [InlineData("300C300A06082B06010505073002")]
    [InlineData("301030 0E06082B060105050730028602FFFF")]
    public void An_unreadable_place_is_ignored_and_no_fault(string der)
    {
        var content = Convert.FromHexString(der.Replace(" ", "", StringComparison.Ordinal));
        var leaf = s_foreign.Leaf(Name, t => t with { More = [new X509Extension("1.3.6.1.5.5.7.1.1", content, critical: false)] });
        AssertErrors(Verdict([leaf]), Reasons.UntrustedIssuer);
    }

    [Fact]
    public void A_chain_that_stops_at_an_unknown_issuer_says_where()
    {
        Assert.Equal(s_abroad.Certificate, Verdict([s_abroad.Leaf(Name), s_abroad]).StopsAt);
        Assert.Null(Verdict([s_leaf], (s_issuing, "here")).StopsAt);
        Assert.Null(Verdict([s_leaf, s_issuing, s_policy]).StopsAt);
    }

    [Fact]
    public void Any_number_of_known_issuers_costs_a_bounded_number_of_signature_checks()
    {
        var slow = new TestKeyKind(() => ECDsa.Create(ECCurve.NamedCurves.nistP521));
        var many = Enumerable.Range(0, 30).Select(number => (s_root.Intermediate("Issuing", t => number % 2 == 0 ? t : t with { KeyKind = slow }), "here")).ToArray();
        var asked = 0;
        IEnumerable<KnownIssuer> Known()
        {
            foreach (var (issuer, place) in many)
            {
                asked++;
                yield return new KnownIssuer(issuer.Certificate, place);
            }
        }

        new ChainJudge((_, _) => Known()).Judge([s_leaf.Certificate], Trust, new(Name), TestPki.Now, default);
        Assert.InRange(asked, 1, 8);
    }

    private static X509Extension Access(string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (method, place) in ((string, string)[])[("1.3.6.1.5.5.7.48.1", "http://ocsp.test"), ("1.3.6.1.5.5.7.48.2", uri)])
            {
                using var description = writer.PushSequence();
                writer.WriteObjectIdentifier(method);
                writer.WriteCharacterString(UniversalTagNumber.IA5String, place, new Asn1Tag(TagClass.ContextSpecific, 6));
            }
        }

        return new X509Extension("1.3.6.1.5.5.7.1.1", writer.Encode(), critical: false);
    }

    private static ChainFault Fault(IEnumerable<TestCertificate> presented, params (TestCertificate Issuer, string Place)[] known) =>
        Assert.Single(Verdict(presented, known).Faults);

    private static ChainVerdict Verdict(IEnumerable<TestCertificate> presented, params (TestCertificate Issuer, string Place)[] known)
    {
        var judge = new ChainJudge((certificate, trust) =>
        {
            Assert.Equal("internal", trust.Name);
            return known.Select(one => new KnownIssuer(one.Issuer.Certificate, one.Place)).Where(one => certificate.HasIssuerName(one.Certificate));
        });
        return judge.Judge([.. presented.Select(one => one.Certificate)], Trust, new(Name), TestPki.Now, default);
    }
}
