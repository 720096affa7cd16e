using MtlsProbe.Certificates;
using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Forecast;

/// <summary>When an accepted handshake fails by itself, and which cause is named.</summary>
public class ForecasterTests
{
    private readonly TestCertificate _root = TestPki.Root("Root", Until(3000));
    private readonly TestCertificate _clientRoot = TestPki.Root("Client Root", Until(3000));
    private readonly TestCertificate _leaf;
    private readonly TestCertificate _client;

    public ForecasterTests()
    {
        _leaf = _root.Leaf("a.test", Until(90));
        _client = _clientRoot.Client("checkout", Until(200));
    }

    [Fact]
    public void The_certificate_that_ends_first_is_the_cause()
    {
        AssertBreaks(EndCause.ServerCertificate, _leaf, Of([_leaf], [_root], [_client]));
        var shortClient = _clientRoot.Client("checkout", Until(30));
        AssertBreaks(EndCause.ClientCertificate, shortClient, Of([_leaf], [_root], [shortClient]));
    }

    [Fact]
    public void An_issuer_that_ends_before_its_leaf_is_named()
    {
        var issuer = _root.Intermediate("Short", Until(40));
        AssertBreaks(EndCause.ServerIssuer, issuer, Of([issuer.Leaf("a.test", Until(90)), issuer], [_root], [_client]));
        var ours = _clientRoot.Intermediate("Ours", Until(50));
        AssertBreaks(EndCause.ClientIssuer, ours, Of([_leaf], [_root], [ours.Client("checkout", Until(90)), ours]));
    }

    [Fact]
    public void An_anchor_that_ends_before_what_it_issued_is_named()
    {
        var root = TestPki.Root("Old", Until(20));
        AssertBreaks(EndCause.TrustAnchor, root, Of([root.Leaf("a.test", Until(90))], [root], [_client]));
    }

    [Fact]
    public void Of_certificates_that_end_together_the_topmost_is_named_because_its_descendants_end_with_it()
    {
        var issuer = _root.Intermediate("Capping", Until(40));
        AssertBreaks(EndCause.ServerIssuer, issuer, Of([issuer.Leaf("a.test", Until(40)), issuer], [_root], [_client]));
    }

    [Fact]
    public void A_cross_signed_path_that_outlives_another_wins()
    {
        var old = TestPki.Root("Old", Until(10));
        var issuer = old.Intermediate("Issuer", Until(10));
        var crossed = _root.CrossSign(issuer, Until(400));
        var leaf = issuer.Leaf("a.test", Until(90));
        AssertBreaks(EndCause.ServerCertificate, leaf, Of([leaf, issuer, crossed], [old, _root], [_client]));
        AssertBreaks(EndCause.TrustAnchor, old, Of([leaf, issuer, crossed], [old], [_client]));
        AssertBreaks(EndCause.TrustAnchor, old, Of([leaf, issuer], [old, _root], [_client]));
    }

    [Fact]
    public void A_path_that_begins_before_another_ends_replaces_it_and_one_that_begins_later_does_not()
    {
        var issuer = _root.Intermediate("Issuer", Until(10));
        var leaf = issuer.Leaf("a.test", Until(90));
        var successor = _root.CrossSign(issuer, template => template with { NotBefore = TestPki.Now.AddDays(10).AddSeconds(1), NotAfter = TestPki.Now.AddDays(50) });
        var late = _root.CrossSign(issuer, template => template with { NotBefore = TestPki.Now.AddDays(10).AddSeconds(2), NotAfter = TestPki.Now.AddDays(50) });
        AssertBreaks(EndCause.ServerIssuer, successor, Of([leaf, issuer, successor], [_root], [_client]));
        AssertBreaks(EndCause.ServerIssuer, issuer, Of([leaf, issuer, late], [_root], [_client]));
    }

    [Fact]
    public void The_root_of_our_own_certificate_counts_where_a_bundle_has_it_and_its_longest_edition_at_that()
    {
        var root = TestPki.Root("Ours", Until(15));
        var client = root.Client("checkout", Until(60));
        AssertBreaks(EndCause.ClientIssuer, root, Of([_leaf], [_root], [client], known: [root]));
        AssertBreaks(EndCause.ClientCertificate, client, Of([_leaf], [_root], [client]));
        var renewed = TestPki.Root("Ours", template => Until(500)(template) with { Key = root.Key });
        AssertBreaks(EndCause.ClientCertificate, client, Of([_leaf], [_root], [client], known: [root, renewed]));
    }

    [Fact]
    public void Of_two_ways_for_our_chain_that_count_which_lead_to_an_authority_that_the_server_names()
    {
        var old = TestPki.Root("Old", Until(15));
        var issuer = old.Intermediate("Issuer", Until(70));
        var crossed = _clientRoot.CrossSign(issuer, Until(70));
        var client = issuer.Client("checkout", Until(60));
        AssertBreaks(EndCause.ClientCertificate, client, Of([_leaf], [_root], [client, issuer, crossed], known: [old, _clientRoot]));
        AssertBreaks(EndCause.ClientIssuer, old, Of([_leaf], [_root], [client, issuer, crossed], known: [old, _clientRoot], names: ["CN=Old"]));
        AssertBreaks(EndCause.ClientCertificate, client, Of([_leaf], [_root], [client, issuer, crossed], known: [old, _clientRoot], names: ["CN=Old", "CN=Client Root"]));
    }

    [Fact]
    public void A_named_intermediate_is_the_end_where_its_issuer_is_not_named()
    {
        var old = TestPki.Root("Old", Until(15));
        var issuer = old.Intermediate("Issuer", Until(50));
        var client = issuer.Client("checkout", Until(60));
        AssertBreaks(EndCause.ClientIssuer, issuer, Of([_leaf], [_root], [client, issuer], known: [old], names: ["CN=Issuer"]));
        AssertBreaks(EndCause.ClientIssuer, old, Of([_leaf], [_root], [client, issuer], known: [old], names: ["CN=Issuer", "CN=Old"]));
    }

    [Fact]
    public void A_certificate_that_has_expired_but_is_accepted_is_no_cause()
    {
        var expired = _clientRoot.Client("checkout", template => template with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });
        AssertBreaks(EndCause.ServerCertificate, _leaf, Of([_leaf], [_root], [expired]));
    }

    [Fact]
    public void A_server_that_asks_for_no_certificate_does_not_fail_by_the_end_of_ours()
    {
        var client = _clientRoot.Client("checkout", Until(5));
        AssertBreaks(EndCause.ServerCertificate, _leaf, Of([_leaf], [_root], [client], change: result => result with
        {
            ClientCertificate = new ClientCertificateFacts { Requested = false },
        }));
    }

    [Fact]
    public void A_failing_handshake_or_one_that_must_be_refused_has_no_forecast()
    {
        foreach (var outcome in (Outcome[])[Outcome.Rejected, Outcome.Failed, Outcome.Unconfirmed])
            Assert.Null(Of([_leaf], [_root], [_client], change: result => result with { Outcome = outcome }));
        Assert.Null(Of([_leaf], [_root], [_client], change: result => result with { Expect = Expectation.Reject }));
    }

    [Fact]
    public void All_dependencies_of_the_handshake_are_listed_in_the_order_of_time()
    {
        var outlook = Of([_leaf], [_root], [_client], known: [_clientRoot])!;
        Assert.Equal([EndCause.ServerCertificate, EndCause.ClientCertificate, EndCause.ClientIssuer, EndCause.TrustAnchor], outlook.Ends.Select(end => end.Cause));
    }

    [Fact]
    public void A_revocation_list_counts_if_the_bundle_requires_evidence_and_no_responder_gives_any()
    {
        var (list, responder) = (Says(EvidenceSource.Crl, 5), Says(EvidenceSource.Ocsp, 1));
        AssertBreaks(EndCause.ServerCertificate, _leaf, With(WhenUnknown.Accept, list));
        Assert.Equal((EndCause.Crl, TestPki.Now.AddDays(5), "http://crl.test/5"), With(WhenUnknown.Reject, list) is { First: var first } ? (first.Cause, first.At, first.Place) : default);
        Assert.Equal(TestPki.Now.AddDays(8), With(WhenUnknown.Reject, list, Says(EvidenceSource.Crl, 8))!.First.At);
        AssertBreaks(EndCause.ServerCertificate, _leaf, With(WhenUnknown.Reject, list, responder));
        AssertBreaks(EndCause.ServerCertificate, _leaf, With(WhenUnknown.Reject, Says(EvidenceSource.Crl, 100)));

        Outlook? With(WhenUnknown unknown, params ValueList<IRevocationEvidence> kinds) =>
            Of([_leaf], [_root], [_client], judge: new ChainJudge(evidence: _ => new RevocationEvidence(unknown, kinds)));
    }

    [Fact]
    public void A_path_with_a_revoked_certificate_is_none()
    {
        var old = TestPki.Root("Old", Until(10));
        var issuer = old.Intermediate("Issuer", Until(10));
        var crossed = _root.CrossSign(issuer, Until(400));
        var leaf = issuer.Leaf("a.test", Until(90));
        var judge = new ChainJudge(evidence: _ => new RevocationEvidence(WhenUnknown.Accept, [new Saying(EvidenceSource.Crl, certificate => new RevocationFinding
        {
            Status = certificate == crossed.Certificate ? RevocationStatus.Revoked : RevocationStatus.Good, Place = "list",
        })]));
        AssertBreaks(EndCause.TrustAnchor, old, Of([leaf, issuer, crossed], [old, _root], [_client], judge: judge));
    }

    [Fact]
    public void If_evidence_is_required_a_path_lasts_no_longer_than_its_list_and_one_without_a_list_is_none()
    {
        var other = TestPki.Root("Other", Until(3000));
        var issuer = _root.Intermediate("Issuer", Until(80));
        var crossed = other.CrossSign(issuer, Until(70));
        var leaf = issuer.Leaf("a.test", Until(90));
        Assert.Equal((EndCause.Crl, 5), By(issuerUntil: null, crossedUntil: 5)); // no evidence shows that the longer one is good
        Assert.Equal((EndCause.Crl, 8), By(issuerUntil: 5, crossedUntil: 8));
        Assert.Equal((EndCause.ServerIssuer, 70), By(issuerUntil: 5, crossedUntil: 100));
        Assert.Equal((EndCause.ServerIssuer, 80), By(issuerUntil: 100, crossedUntil: null));

        (EndCause, double) By(int? issuerUntil, int? crossedUntil)
        {
            var lists = new Saying(EvidenceSource.Crl, certificate => (certificate == crossed.Certificate ? crossedUntil : certificate == issuer.Certificate ? issuerUntil : 1000) is { } days
                ? new RevocationFinding { Status = RevocationStatus.Good, Place = "list", NextUpdate = TestPki.Now.AddDays(days) }
                : new RevocationFinding { Status = RevocationStatus.Unknown, Place = "list" });
            var first = Of([leaf, issuer, crossed], [_root, other], [_client], judge: new ChainJudge(evidence: _ => new RevocationEvidence(WhenUnknown.Reject, [lists])))!.First;
            return (first.Cause, (first.At - TestPki.Now).TotalDays);
        }
    }

    [Fact]
    public void A_server_that_staples_a_good_response_needs_no_list_for_its_leaf()
    {
        var judge = new ChainJudge(evidence: _ => new RevocationEvidence(WhenUnknown.Reject, [Says(EvidenceSource.Crl, 5)]));
        AssertBreaks(EndCause.ServerCertificate, _leaf, Of([_leaf], [_root], [_client], judge: judge, change: result => result with
        {
            Chain = new ChainVerdict { Revocation = [Metrics.Samples.Revocation(0, EvidenceSource.Staple, RevocationStatus.Good)] },
        }));
    }

    [Fact]
    public void A_chain_without_an_anchor_in_the_bundle_has_no_forecast_from_our_side_alone() =>
        Assert.Null(Of([_leaf], [_clientRoot], [_clientRoot.Client("checkout", Until(5))]));

    private static Saying Says(EvidenceSource source, int days) => new(source, _ => new RevocationFinding
    {
        Status = RevocationStatus.Good, Place = $"http://crl.test/{days}", NextUpdate = TestPki.Now.AddDays(days),
    });

    private sealed class Saying(EvidenceSource source, Func<Certificate, RevocationFinding> says) : IRevocationEvidence
    {
        public EvidenceSource Source => source;

        public RevocationFinding Look(RevocationQuestion question) => says(question.Certificate);
    }

    private static Func<TestTemplate, TestTemplate> Until(int days) => template => template with { NotAfter = TestPki.Now.AddDays(days) };

    private static void AssertBreaks(EndCause cause, TestCertificate by, Outlook? outlook)
    {
        Assert.NotNull(outlook);
        Assert.Equal((cause, by.Certificate.Subject, by.Certificate.NotAfter), (outlook.First.Cause, outlook.First.Certificate!.Subject, outlook.First.At));
    }

    private static Outlook? Of(
        IEnumerable<TestCertificate> presented, IEnumerable<TestCertificate> trust, IReadOnlyList<TestCertificate> sent,
        IEnumerable<TestCertificate>? known = null, ValueList<string> names = default, Func<ProbeResult, ProbeResult>? change = null, ChainJudge? judge = null)
    {
        var bundle = TestPki.Trust(trust);
        var result = Metrics.Samples.Accepted(Metrics.Samples.Target("payments")) with
        {
            At = TestPki.Now,
            ServerCertificates = presented.Select(certificate => certificate.Certificate).ToValueList(),
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = sent[0].Certificate, AcceptableIssuers = names },
        };
        return new Forecaster(judge ?? new ChainJudge()).Of(
            change?.Invoke(result) ?? result, sent.Select(certificate => certificate.Certificate).ToValueList(), bundle, known is null ? [bundle] : [bundle, TestPki.Trust(known)]);
    }
}
