using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Revocation;
using MtlsProbe.Trust;

namespace MtlsProbe.Tests.Revocation;

/// <summary>What OCSP responders are asked, when, and what their answers are worth.</summary>
public sealed class OcspAnswersTests
{
    private const string Url = "http://ocsp.test/";
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    private static readonly TestCertificate s_issuer = TestPki.Root("Issuer");
    private static readonly TestCertificate s_leaf = s_issuer.Leaf("a.test", t => t with { More = [TestOcsp.Responder(Url)] });

    private readonly ManualTime _time = new(TestPki.Now);
    private readonly List<string> _asked = [];
    private readonly OcspAnswers _answers;
    private Func<Task<(ReadOnlyMemory<byte>?, string?)>> _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 0));
    private IRevocationEvidence _lists = new ListEvidence([]);
    private bool _isDemanded = true;
    private byte[] _request = [];
    private int _changes;

    public OcspAnswersTests() => _answers = Answers(new OcspSource(null));

    [Fact]
    public async Task A_look_up_requests_nothing_and_the_answer_counts_from_its_arrival()
    {
        AssertUnknown("has not answered yet");
        Assert.True(_answers.IsAwaited);
        Assert.Empty(_asked);

        await Ask();

        Assert.Equal([Url], _asked);
        var good = Look();
        Assert.Equal((RevocationStatus.Good, Url, TestOcsp.ThisUpdate, TestOcsp.ThisUpdate.AddDays(7)), (good.Status, good.Place, good.ThisUpdate!.Value, good.NextUpdate!.Value));
        Assert.Equal(0, _changes);
    }

    [Fact]
    public async Task A_revocation_has_its_time_and_its_reason_and_is_reported()
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 1));
        await Ask();

        var revoked = Look();
        Assert.Equal((RevocationStatus.Revoked, TestOcsp.ThisUpdate.AddDays(-1), "keyCompromise"), (revoked.Status, revoked.RevokedAt!.Value, revoked.Reason));
        Assert.Equal(1, _changes);
    }

    [Fact]
    public async Task A_certificate_that_the_responder_does_not_know_is_not_good()
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 2));
        await Ask();

        AssertUnknown("does not know the certificate");
    }

    [Fact]
    public async Task TryLater_is_asked_again_soon_and_unauthorized_is_not()
    {
        _answer = () => Answer(TestOcsp.Error(3));
        await Ask();
        AssertUnknown("cannot answer now (tryLater)");
        Assert.False(_answers.IsAwaited);
        _time.Advance(TimeSpan.FromSeconds(61));
        _answer = () => Answer(TestOcsp.Error(6));
        await Ask();
        AssertUnknown("is not responsible for this certificate (unauthorized)");
        Assert.Equal(2, _asked.Count);
        _time.Advance(TimeSpan.FromHours(5));
        await Ask();
        Assert.Equal(2, _asked.Count);
        _time.Advance(TimeSpan.FromHours(2));
        await Ask();
        Assert.Equal(3, _asked.Count);
    }

    [Fact]
    public async Task An_answer_is_requested_again_at_half_of_its_period_and_stays_until_it_ends()
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 0, made: TestPki.Now, period: TimeSpan.FromHours(4)));
        await Ask();
        _time.Advance(TimeSpan.FromMinutes(119));
        await Ask();
        Assert.Single(_asked);

        _answer = () => Failure("cannot be fetched: connection refused");
        _time.Advance(TimeSpan.FromMinutes(2));
        await Ask();
        Assert.Equal(2, _asked.Count);
        Assert.Equal(RevocationStatus.Good, Look().Status);

        _time.Advance(TimeSpan.FromHours(3));
        AssertUnknown("out of date: it says good", "and since then it cannot be fetched: connection refused");
    }

    [Fact]
    public async Task A_revoked_certificate_stays_revoked_when_the_answer_has_expired()
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 1, made: TestPki.Now, period: TimeSpan.FromHours(4)));
        await Ask();
        _time.Advance(TimeSpan.FromDays(3));

        Assert.Equal(RevocationStatus.Revoked, Look().Status);
    }

    [Theory]
    [InlineData(0, 30, "Unknown")] // an attacker may replay it
    [InlineData(0, 1, "Good")]
    [InlineData(1, 30, "Revoked")] // nothing reverses a revocation
    public async Task An_answer_without_an_end_is_used_for_a_day_and_a_revocation_for_good(int status, int hours, string believed)
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status, made: TestPki.Now.AddHours(-hours), period: Timeout.InfiniteTimeSpan));
        await Ask();

        Assert.Equal(believed, Look().Status.ToString());
        if (believed == "Unknown") AssertUnknown("has no nextUpdate", "and since then it gave an answer that had already expired");
    }

    [Fact]
    public async Task An_answer_that_can_be_forged_replaces_none()
    {
        await Ask();
        _time.Advance(TimeSpan.FromDays(2));
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 1, made: TestPki.Now, hash: HashAlgorithmName.SHA1));
        await Ask();

        Assert.Equal(2, _asked.Count);
        Assert.Equal(RevocationStatus.Good, Look().Status);
    }

    [Fact]
    public async Task A_replayed_older_answer_replaces_none()
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 1, made: TestPki.Now, period: TimeSpan.FromHours(4)));
        await Ask();
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 0, made: TestPki.Now.AddDays(-1), period: TimeSpan.FromDays(9)));
        _time.Advance(TimeSpan.FromHours(3));
        await Ask();

        Assert.Equal(2, _asked.Count);
        Assert.Equal(RevocationStatus.Revoked, Look().Status);
    }

    [Fact]
    public async Task An_answer_from_another_signer_is_not_used()
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 1, TestPki.Root("Issuer")));
        await Ask();

        AssertUnknown("not signed by the issuer");
    }

    [Fact]
    public async Task A_delegated_responder_is_used_unless_a_list_revokes_it_and_nocheck_needs_no_list()
    {
        var checkless = new System.Security.Cryptography.X509Certificates.X509Extension("1.3.6.1.5.5.7.48.1.5", [5, 0], critical: false);
        foreach (var (isNoCheck, isRevoked) in ((bool, bool)[])[(false, false), (false, true), (true, true)])
        {
            var responder = s_issuer.Leaf("ocsp.test", t => t with { ExtendedKeyUsage = [OcspSigning], More = isNoCheck ? [checkless] : [] });
            _lists = new ListEvidence([new KnownList(RevocationList.Read(new TestList { Entries = isRevoked ? [TestEntry.Of(responder)] : [] }.SignedBy(s_issuer)).List!, "list")]);
            _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 0, responder));
            await Ask();

            if (isNoCheck || !isRevoked) Assert.Equal(RevocationStatus.Good, Look().Status);
            else AssertUnknown("is signed by a responder that is revoked itself, says list");
            _time.Advance(TimeSpan.FromDays(2));
        }
    }

    [Fact]
    public async Task If_an_answer_is_required_the_first_one_is_awaited_good_or_not()
    {
        var chains = new ChainJudge(evidence: _ => new RevocationEvidence(WhenUnknown.Reject, [_answers]));
        Assert.Equal(([Reasons.RevocationUnknown], true), (Judge().Errors, _answers.IsAwaited));

        _answer = () => Failure("cannot be fetched: connection refused");
        await Ask();

        Assert.Equal([Reasons.RevocationUnknown], Judge().Errors);
        Assert.Equal((0, false), (_changes, _answers.IsAwaited));

        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 0));
        _time.Advance(TimeSpan.FromMinutes(2));
        await Ask();

        Assert.Empty(Judge().Errors);
        Assert.Equal(1, _changes); // no one waited any more

        ChainVerdict Judge() => chains.Judge([s_leaf.Certificate], TestPki.Trust(s_issuer), new("a.test"), _time.GetUtcNow(), default);
    }

    [Fact]
    public async Task A_slow_answer_is_no_longer_awaited_and_reported_when_it_arrives()
    {
        Look();
        _time.Advance(EvidenceStore.Patience + TimeSpan.FromSeconds(1));
        Assert.False(_answers.IsAwaited);

        await Ask();
        Assert.Equal((RevocationStatus.Good, 1), (Look().Status, _changes));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Good_answers_after_a_gap_are_reported_once_for_all_and_only_if_the_gap_was_a_fault(bool isDemanded, int told)
    {
        _isDemanded = isDemanded;
        TestCertificate[] leaves = [.. Enumerable.Range(0, 5).Select(i => s_issuer.Leaf($"{i}.test", t => t with { More = [TestOcsp.Responder(Url)] }))];
        _answer = () => Failure("answers with status 500");
        Look(leaves[0]);
        await _answers.AskDueAsync(CancellationToken.None);
        foreach (var leaf in leaves) Look(leaf); // the responder is in a pause: no one waits
        Assert.False(_answers.IsAwaited);

        _answer = () => Answer(TestOcsp.Response(leaves.First(leaf => OcspRequest.Encode(leaf.Certificate.Der.Span, s_issuer.Certificate.Der.Span).AsSpan().SequenceEqual(_request)), s_issuer, status: 0));
        _time.Advance(TimeSpan.FromMinutes(2));
        await _answers.AskDueAsync(CancellationToken.None);

        Assert.All(leaves, leaf => Assert.Equal(RevocationStatus.Good, Look(leaf).Status));
        Assert.Equal(told, _changes);
    }

    [Fact]
    public async Task An_answer_that_expired_and_was_missed_is_reported_when_there_is_a_new_one_and_not_when_there_is_none()
    {
        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 0, made: TestPki.Now, period: TimeSpan.FromHours(4)));
        await Ask();
        _time.Advance(TimeSpan.FromHours(5));
        AssertUnknown("out of date");
        _answer = () => Answer(TestOcsp.Error(3));
        await Ask();
        Assert.Equal(0, _changes);

        _answer = () => Answer(TestOcsp.Response(s_leaf, s_issuer, status: 0, made: _time.GetUtcNow(), period: TimeSpan.FromHours(4)));
        _time.Advance(TimeSpan.FromHours(1));
        await Ask();
        Assert.Equal((RevocationStatus.Good, 1), (Look().Status, _changes));
    }

    [Fact]
    public async Task A_responder_gets_one_request_at_a_time_and_none_while_it_is_out_of_order()
    {
        TestCertificate[] leaves = [.. Enumerable.Range(0, 5).Select(i => s_issuer.Leaf($"{i}.test", t => t with { More = [TestOcsp.Responder(Url)] }))];
        var (underWay, most) = (0, 0);
        _answer = async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref underWay));
            await Task.Yield();
            Interlocked.Decrement(ref underWay);
            return await Failure("answers with status 500");
        };
        foreach (var leaf in leaves) Look(leaf);
        await _answers.AskNewAsync(CancellationToken.None);
        await _answers.AskNewAsync(CancellationToken.None);
        Assert.Single(_asked);

        _time.Advance(TimeSpan.FromSeconds(61));
        _answer = async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref underWay));
            await Task.Yield();
            Interlocked.Decrement(ref underWay);
            return (TestOcsp.Error(3), null);
        };
        await _answers.AskNewAsync(CancellationToken.None);
        Assert.True(_asked.Count >= leaves.Length, $"{_asked.Count}");
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task The_responder_of_the_configuration_is_used_instead_of_the_one_that_the_certificate_names()
    {
        var answers = Answers(new OcspSource("http://own.test/"));
        answers.Look(Question(s_leaf));
        await answers.AskNewAsync(CancellationToken.None);

        Assert.Equal(["http://own.test/"], _asked);
        Assert.Contains("names no OCSP responder", _answers.Look(Question(s_issuer.Leaf("b.test"))).Missing, StringComparison.Ordinal);
    }

    private OcspAnswers Answers(OcspSource source) => new(
        source,
        (responder, request, _) =>
        {
            _request = request;
            lock (_asked) _asked.Add(responder);
            return _answer();
        },
        () => _lists,
        new OcspTurns(),
        () => _isDemanded,
        () => _changes++,
        fault => Assert.Fail(fault.ToString()),
        _time);

    private Task Ask()
    {
        Look();
        return _answers.AskDueAsync(CancellationToken.None);
    }

    private RevocationFinding Look(TestCertificate? leaf = null) => _answers.Look(Question(leaf ?? s_leaf));

    private RevocationQuestion Question(TestCertificate leaf) => new(leaf.Certificate, s_issuer.Certificate, _time.GetUtcNow());

    private void AssertUnknown(params IEnumerable<string> whys)
    {
        var finding = Look();
        Assert.Equal(RevocationStatus.Unknown, finding.Status);
        Assert.All(whys, why => Assert.Contains(why, finding.Missing, StringComparison.Ordinal));
    }

    private static Task<(ReadOnlyMemory<byte>?, string?)> Answer(byte[] response) => Task.FromResult<(ReadOnlyMemory<byte>?, string?)>((response, null));

    private static Task<(ReadOnlyMemory<byte>?, string?)> Failure(string problem) => Task.FromResult<(ReadOnlyMemory<byte>?, string?)>((null, problem));
}
