using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Revocation;
using MtlsProbe.Trust;

namespace MtlsProbe.Tests.Revocation;

/// <summary>What is known about our own credentials, from the evidence of the bundles that their chain leads to.</summary>
public sealed class OwnRevocationTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Client Root");
    private static readonly TestCertificate s_issuer = s_root.Intermediate("Clients");
    private static readonly TestCertificate s_client = s_issuer.Client("checkout");

    private readonly ManualTime _time = new(TestPki.Now);

    [Fact]
    public void A_credential_on_a_list_is_revoked_since_the_first_list_that_was_seen()
    {
        var lists = new List<TestList> { Revoking(s_client) };
        var own = Own(() => [(TestPki.Trust(s_root), Evidence([.. lists.Select(list => list.SignedBy(s_issuer)), new TestList().SignedBy(s_root)]))]);

        var found = own.Of([s_client.Certificate, s_issuer.Certificate]);
        Assert.Equal([(0, RevocationStatus.Revoked), (1, RevocationStatus.Good)], found.Lines.Select(line => (line.Depth, line.Status)));
        Assert.Equal(TestPki.Now.AddHours(-1), found.Since);

        lists[0] = Revoking(s_client) with { ThisUpdate = TestPki.Now, Number = 2 };
        Assert.Equal(TestPki.Now.AddHours(-1), own.Of([s_client.Certificate, s_issuer.Certificate]).Since);
    }

    [Fact]
    public void A_revoked_intermediate_that_we_send_counts_too()
    {
        var own = Own(() => [(TestPki.Trust(s_root), Evidence([new TestList().SignedBy(s_issuer), Revoking(s_issuer).SignedBy(s_root)]))]);

        Assert.Equal(1, own.Of([s_client.Certificate, s_issuer.Certificate]).Revoked!.Depth);
    }

    [Fact]
    public void Of_several_bundles_the_one_with_a_revocation_counts_and_unknown_hides_nothing()
    {
        var silent = (TestPki.Trust(s_root), Evidence([]));
        var good = (TestPki.Trust(s_issuer), Evidence([new TestList().SignedBy(s_issuer)]));
        var revoking = (TestPki.Trust(s_issuer), Evidence([Revoking(s_client).SignedBy(s_issuer)]));

        Assert.Equal(RevocationStatus.Good, Own(() => [silent, good]).Of([s_client.Certificate, s_issuer.Certificate]).Lines[0].Status);
        Assert.Equal(RevocationStatus.Revoked, Own(() => [good, revoking, silent]).Of([s_client.Certificate, s_issuer.Certificate]).Lines[0].Status);
    }

    [Fact]
    public void A_bundle_whose_anchors_have_not_issued_the_credential_is_not_consulted()
    {
        var impostor = TestPki.Root("Clients");
        var own = Own(() => [(TestPki.Trust(impostor), Evidence([Revoking(s_client).SignedBy(impostor)]))]);

        Assert.Equal(OwnFindings.None, own.Of([s_client.Certificate]));
        Assert.Equal(OwnFindings.None, own.Of([]));
    }

    [Theory]
    [InlineData(-1, null, null)]   // accepted only before the evidence
    [InlineData(1, null, 3600)]    // accepted since then: it grows
    [InlineData(1, 3, 10800)]      // refused
    [InlineData(-1, 3, 10800)]     // refused at the first probe after it
    [InlineData(-3, -2, null)]     // refused before it was revoked
    public void The_delay_is_from_the_evidence_to_the_refusal_and_grows_while_there_is_none(int letIn, int? refused, int? seconds)
    {
        var since = TestPki.Now;
        var credential = new CredentialState("checkout", Slot.Current, [s_client.Certificate], Usable: true) { RevokedSince = since };
        var admission = new Admission(s_client.Certificate.Sha256, since.AddHours(letIn), refused is { } hours ? since.AddHours(hours) : null);

        Assert.Equal(seconds, (int?)credential.EnforcementDelay(admission)?.TotalSeconds);
        Assert.Null(credential.EnforcementDelay(admission with { Sha256 = "another" }));
        Assert.Null(credential.EnforcementDelay(null));
        Assert.Null((credential with { RevokedSince = null }).EnforcementDelay(admission));
    }

    private OwnRevocation Own(Func<IEnumerable<(TrustBundle, RevocationEvidence)>> bundles) => new(bundles, _time);

    private static TestList Revoking(TestCertificate certificate) => new() { Entries = [TestEntry.Of(certificate)] };

    private static RevocationEvidence Evidence(IEnumerable<byte[]> lists) =>
        new(WhenUnknown.Accept, [new ListEvidence([.. lists.Select(list => new KnownList(RevocationList.Read(list).List!, "list"))])]);
}
