using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Revocation;
using MtlsProbe.Trust;

namespace MtlsProbe.Tests.Revocation;

/// <summary>What servers and lists show about further evidence: where delta lists are, and who signs lists for an authority.</summary>
public sealed class LearnedEvidenceTests
{
    private const string Base = "http://crl.test/base.crl";
    private const string Delta = "http://crl.test/delta.crl";

    private static readonly TestCertificate s_root = TestPki.Root("Root");

    private readonly ManualTime _time = new(TestPki.Now);
    private readonly Dictionary<string, byte[]> _web = new(StringComparer.Ordinal);
    private readonly List<string> _fetched = [];
    private readonly EvidenceStore _store;

    public LearnedEvidenceTests() => _store = new EvidenceStore(
        _time, new RecordingLogger<EvidenceStore>(), new LoopSet(_time).Revocation, _ => TestPki.Trust(s_root),
        (request, _) =>
        {
            lock (_fetched) _fetched.Add(request.Url.ToString());
            if (!_web.TryGetValue(request.Url.ToString(), out var content)) return Task.FromResult(FetchAnswer.Failed("answers with status 404"));
            request.Into!(content);
            return Task.FromResult(new FetchAnswer { IsGiven = true });
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_delta_list_that_a_certificate_names_is_fetched_if_that_is_allowed(bool isAllowed)
    {
        var leaf = s_root.Leaf("a.test", t => t with { More = [Points("2.5.29.46", Delta)] });
        _web[Base] = new TestList().SignedBy(s_root);
        _web[Delta] = new TestList { Number = 2, DeltaBase = 1, Entries = [TestEntry.Of(leaf)] }.SignedBy(s_root);
        Follow(isAllowed, Base);
        _store.Learn("company", new ChainVerdict { Path = [leaf.Certificate, s_root.Certificate] });
        await _store.LoadAsync(CancellationToken.None);

        Assert.Equal(isAllowed, _fetched.Contains(Delta));
        Assert.Equal(isAllowed ? RevocationStatus.Revoked : RevocationStatus.Good, Look(leaf).Status);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task The_delta_list_that_a_list_names_is_fetched_if_that_is_allowed_and_the_list_is_signed_by_the_issuer(bool isAllowed, bool isSigned)
    {
        var leaf = s_root.Leaf("a.test");
        _web[Base] = new TestList { More = [Points("2.5.29.46", Delta)], BreakSignature = !isSigned }.SignedBy(s_root);
        _web[Delta] = new TestList { Number = 2, DeltaBase = 1, Entries = [TestEntry.Of(leaf)] }.SignedBy(s_root);
        Follow(isAllowed, Base);
        await _store.LoadAsync(CancellationToken.None);

        Assert.Equal(isAllowed && isSigned, _fetched.Contains(Delta));
        Assert.Equal(isAllowed && isSigned ? RevocationStatus.Revoked : isSigned ? RevocationStatus.Good : RevocationStatus.Unknown, Look(leaf).Status);
    }

    [Theory]
    [InlineData("good", null)]
    [InlineData("revoked", "which was revoked according to")]
    [InlineData("unlisted", "whose revocation status is not known")]
    [InlineData("expired", "a certificate that is not current")]
    [InlineData("stranger", "is not signed by its issuer")]
    public async Task A_list_of_a_separate_signer_that_only_a_server_presents_is_shown_as_judged(string signer, string? problem)
    {
        var authority = TestPki.Root("Root"); // the same name, with a separate key for lists
        var template = TestTemplate.Authority("Root") with { KeyUsage = X509KeyUsageFlags.CrlSign };
        if (signer == "expired") template = template with { NotAfter = TestPki.Now.AddDays(-1) };
        var separate = signer == "stranger" ? authority : s_root.Issue(template);
        var leaf = s_root.Leaf("a.test");
        _web[Base] = new TestList { Number = 9 }.SignedBy(separate);
        _web[Delta] = new TestList { Entries = signer == "revoked" ? [TestEntry.Of(separate)] : [], IssuingPoint = [0x30, 0x03, 0x82, 0x01, 0xff] }.SignedBy(s_root); // of authorities only
        Follow(false, signer == "unlisted" ? [Base] : [Base, Delta]);
        await _store.LoadAsync(CancellationToken.None);
        Certificate[] presented = [leaf.Certificate, separate.Certificate];
        var chains = new ChainJudge(evidence: _store.Of);
        var trust = new TrustBundle("company", [s_root.Certificate]);
        Assert.False(_store.Lists()[0].IsSigned);

        var verdict = chains.Judge(presented, trust, new("a.test"), _time.GetUtcNow(), default);
        _store.Learn("company", verdict, presented);

        var state = _store.Lists()[0];
        Assert.Equal((problem is null, problem is null), (state.IsSigned, state.IsInForce(_time.GetUtcNow())));
        if (problem is not null) Assert.Contains(problem, state.Problem, StringComparison.Ordinal);
        Assert.Equal(problem is null ? RevocationStatus.Good : RevocationStatus.Unknown, verdict.Revocation[0].Status);
    }

    [Fact]
    public async Task A_list_of_a_separate_signer_that_only_a_certificate_names_is_held()
    {
        var separate = s_root.Issue(TestTemplate.Authority("Root") with { KeyUsage = X509KeyUsageFlags.CrlSign });
        var leaf = s_root.Leaf("a.test", t => t with { More = [Points("2.5.29.31", Base)] });
        _web[Base] = new TestList { Number = 9 }.SignedBy(separate);
        _web[Delta] = new TestList { IssuingPoint = [0x30, 0x03, 0x82, 0x01, 0xff] }.SignedBy(s_root); // says that the signer is not revoked
        Follow(true, Delta);
        Certificate[] presented = [leaf.Certificate, separate.Certificate];
        _store.Learn("company", new ChainVerdict { Path = [leaf.Certificate, s_root.Certificate] }, presented);
        await _store.LoadAsync(CancellationToken.None);

        var verdict = new ChainJudge(evidence: _store.Of).Judge(presented, new TrustBundle("company", [s_root.Certificate]), new("a.test"), _time.GetUtcNow(), default);
        Assert.Equal((RevocationStatus.Good, Base), (verdict.Revocation[0].Status, verdict.Revocation[0].Place));
        Assert.All(_store.Lists(), list => Assert.Equal((true, null), (list.IsSigned, list.Problem)));
    }

    private void Follow(bool fromCertificates, params string[] places) => _store.Follow(new Configuration
    {
        Targets = [],
        Identities = [],
        Trusts = [new TrustSource("company", ["/root.crt"]) { Revocation = new RevocationSource { FromCertificates = fromCertificates, Lists = [.. places.Select(place => new RevocationPlace(place, IsUrl: true))] } }],
    });

    private RevocationFinding Look(TestCertificate leaf) => _store.Of("company")!.Kinds[0].Look(new RevocationQuestion(leaf.Certificate, s_root.Certificate, _time.GetUtcNow()));

    internal static X509Extension Points(string id, string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        var zero = new Asn1Tag(TagClass.ContextSpecific, 0);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence(zero))
        using (writer.PushSequence(zero)) writer.WriteOctetString(System.Text.Encoding.ASCII.GetBytes(uri), new(TagClass.ContextSpecific, 6));
        return new(id, writer.Encode(), critical: false);
    }
}
