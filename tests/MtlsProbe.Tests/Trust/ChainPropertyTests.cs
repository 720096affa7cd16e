using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;
using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>Properties of any list of certificates, checked on many.</summary>
public class ChainPropertyTests
{
    /// <summary>Certificates with few names and few keys, so that nearly every one could have issued every other.</summary>
    private static readonly TestCertificate[] s_pool = Pool();

    private static readonly TestCertificate s_leaf = s_pool[0].Leaf(Name);

    private static readonly Arbitrary<int[]> s_picks = Gen.Choose(0, s_pool.Length - 1).ArrayOf().Resize(12).ToArbitrary();

    [Fact]
    public void A_chain_is_valid_exactly_when_signatures_lead_to_an_anchor()
    {
        Prop.ForAll(s_picks, s_picks, (presented, anchors) =>
        {
            var (certificates, trust) = (Certificates(presented), Trust(anchors.Take(3)));
            return Verdict(certificates, trust).Valid == LeadsToAnchor(s_leaf.Certificate, certificates, trust);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Order_and_duplicates_of_what_follows_the_leaf_never_change_validity()
    {
        Prop.ForAll(s_picks, s_picks, s_picks, (presented, anchors, order) =>
        {
            var trust = Trust(anchors.Take(3));
            var certificates = Certificates(presented);
            var shuffled = certificates.Select((certificate, place) => (certificate, Key: order.ElementAtOrDefault(place)))
                .OrderBy(item => item.Key).Select(item => item.certificate).ToList();
            var expected = Verdict(certificates, trust).Valid;
            return expected == Verdict([.. shuffled], trust).Valid
                && expected == Verdict([.. certificates, .. shuffled], trust).Valid
                && expected == Verdict([s_leaf.Certificate, .. certificates], trust).Valid;
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Fact]
    public void Any_list_of_certificates_is_judged_within_the_bounds()
    {
        Prop.ForAll(s_picks, s_picks, (presented, anchors) =>
        {
            var signatures = new SignatureCache();
            var paths = 0;
            var distinct = Certificates(presented).Prepend(s_leaf.Certificate).Distinct().ToValueList();
            new PathSearch(distinct, Trust(anchors.Take(1)), signatures, new SearchBounds()).Run(_ => ++paths == 0);
            return signatures.Count <= 40 && paths is >= 1 and <= 33;
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Fact]
    public void A_verdict_does_not_depend_on_what_was_judged_before()
    {
        var judge = new ChainJudge();
        Prop.ForAll(s_picks, s_picks, (presented, anchors) =>
        {
            var (certificates, trust) = (Certificates(presented), Trust(anchors.Take(2)));
            var warm = judge.Judge([s_leaf.Certificate, .. certificates], trust, new(Name), TestPki.Now, default);
            return warm == Verdict(certificates, trust);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    private static TestCertificate[] Pool()
    {
        var authorities = Enumerable.Range(0, 6)
            .Select(number => TestPki.Root($"N{number / 2}", t => t with { KeyIdentifiers = number % 3 == 0 }))
            .ToList();
        var pairs = authorities.SelectMany((issuer, i) => authorities.Select((other, j) => (issuer, other, IsBroken: (i + j) % 4 == 3)));
        var crossed = pairs.Where(pair => pair.issuer != pair.other)
            .Select(pair => pair.issuer.CrossSign(pair.other, t => t with { BreakSignature = pair.IsBroken }));
        return [.. authorities, .. crossed];
    }

    private static ValueList<Certificate> Certificates(IEnumerable<int> picks) =>
        picks.Select(pick => s_pool[pick].Certificate).ToValueList();

    private static TrustBundle Trust(IEnumerable<int> picks) => new("test", Certificates(picks));

    private static ChainVerdict Verdict(IEnumerable<Certificate> presented, TrustBundle trust) =>
        new ChainJudge().Judge([s_leaf.Certificate, .. presented], trust, new(Name), TestPki.Now, default);

    /// <summary>Every certificate that signatures reach from the leaf, by a simple search.</summary>
    private static bool LeadsToAnchor(Certificate leaf, ValueList<Certificate> presented, TrustBundle trust)
    {
        HashSet<Certificate> reached = [leaf];
        for (var count = 0; count != reached.Count;)
        {
            count = reached.Count;
            if (reached.Any(trust.Contains)) return true;
            reached.UnionWith(presented.Concat(trust.Anchors).Where(issuer => reached.ToList().Any(certificate =>
                certificate.Rules.IssuerName.Span.SequenceEqual(issuer.Rules.SubjectName.Span)
                && OpenSsl.CertificateSignatureTests.Known(certificate, issuer))));
        }

        return false;
    }
}
