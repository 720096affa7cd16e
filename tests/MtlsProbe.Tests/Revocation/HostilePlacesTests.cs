using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Hostile;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Revocation;
using MtlsProbe.Trust;

namespace MtlsProbe.Tests.Revocation;

/// <summary>
/// Hostile places of lists and responders, over real connections: from the socket to the line of a chain's record. Each is limited, reported as what
/// it is, and never accepted.
/// </summary>
public sealed class HostilePlacesTests : IDisposable
{
    private static readonly TestCertificate s_issuer = TestPki.Root("Issuer");
    private static readonly TestCertificate s_stranger = TestPki.Root("Issuer");
    private static readonly TestCertificate s_leaf = s_issuer.Leaf("a.test");

    private readonly ListServer _server = new();
    private readonly ManualTime _time = new(TestPki.Now);
    private int _fetches;
    private long _sent;

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("trickles", "the OCSP responder {0} (cannot be fetched within 10s|sends nothing for 5s)")] // within 10 s, or when nothing comes for 5 s: the clock and the bytes proceed independently
    [InlineData("silent", "the OCSP responder {0} cannot be fetched within 10s")]
    [InlineData("endless", "the OCSP responder {0} sends more than 64 KiB")]
    [InlineData("10 GB", "the OCSP responder {0} sends more than 64 KiB")]
    [InlineData("redirects to https", "the OCSP responder {0} redirects from http to https, another scheme")]
    [InlineData("redirects to a file", "the OCSP responder {0} redirects from http to file, another scheme")]
    [InlineData("redirects to a private address", "the OCSP responder {0} leads to 127.0.0.1, a private address")]
    [InlineData("tryLater", "the OCSP responder {0} cannot answer now .tryLater.")]
    [InlineData("unauthorized", "the OCSP responder {0} is not responsible for this certificate .unauthorized.")]
    [InlineData("expired", "the answer of the OCSP responder {0} is out of date")]
    [InlineData("of another certificate", "the OCSP responder {0} gave an answer that ")]
    [InlineData("wrong signature", "the OCSP responder {0} gave an answer that is not signed by the issuer")]
    [InlineData("no answer at all", "the OCSP responder {0} gave an answer that ")]
    [InlineData("gone", "the OCSP responder {0} answers with status 404")]
    public async Task A_hostile_responder_is_given_up_and_reported(string kind, string missing)
    {
        Answer(kind, TestOcsp.Response(s_leaf, s_issuer, status: 0));
        var answers = Responder();
        var finding = await AskAsync(answers, isSlow: kind is "trickles" or "silent");

        Assert.Equal(RevocationStatus.Unknown, finding.Status);
        Assert.Matches($"^{missing.Replace("{0}", _server.Url("/").ToString(), StringComparison.Ordinal)}", finding.Missing);
        Assert.InRange(Interlocked.Read(ref _sent), 0, 32L << 20);
        Assert.InRange(_server.Requests.Count, 1, 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task A_replayed_older_answer_changes_nothing(int status)
    {
        var older = TestOcsp.Response(s_leaf, s_issuer, status: 1 - status, made: TestPki.Now.AddHours(-5));
        _server.Answer = _ => ListServer.Ok(TestOcsp.Response(s_leaf, s_issuer, status, made: TestPki.Now.AddHours(-1)));
        var answers = Responder();
        var first = await AskAsync(answers);
        _server.Answer = _ => ListServer.Ok(older);
        _time.Advance(TimeSpan.FromHours(13));
        var second = await AskAsync(answers);

        Assert.Equal(status == 1 ? RevocationStatus.Revoked : RevocationStatus.Good, first.Status);
        Assert.Equal((first.Status, first.ThisUpdate), (second.Status, second.ThisUpdate));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Theory]
    [InlineData("trickles", "(cannot be fetched within 5m|sends nothing for 15s)")] // as for a responder
    [InlineData("endless", "sends more than 64 MiB")]
    [InlineData("10 GB", "sends more than 64 MiB")]
    [InlineData("redirects to https", "redirects from http to https, another scheme")]
    [InlineData("redirects to a private address", "leads to 127.0.0.1, a private address")]
    [InlineData("older", "delivers an older list of CN=Issuer")]
    [InlineData("wrong signature", "delivers a list of CN=Issuer that is not signed by its issuer")]
    [InlineData("wrong issuer", "no longer delivers the list of CN=Issuer .number 7,")]
    [InlineData("no answer at all", "contains no revocation list")]
    [InlineData("cut", "is not a readable revocation list")]
    [InlineData("gone", "answers with status 404")]
    [InlineData("unreachable", "cannot be fetched: ")]
    public async Task A_hostile_place_of_lists_removes_nothing_and_is_reported(string kind, string problem)
    {
        var url = _server.Url("/");
        _server.Answer = _ => ListServer.Ok(new TestList { Number = 7, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_issuer));
        var store = new EvidenceStore(_time, new RecordingLogger<EvidenceStore>(), new LoopSet(_time).Revocation, _ => TestPki.Trust(s_issuer), FetchAsync);
        store.Follow(new Configuration
        {
            Targets = [],
            Identities = [],
            Trusts = [new TrustSource("company", ["/root.crt"]) { Revocation = new RevocationSource { Lists = [new RevocationPlace(url.ToString(), IsUrl: true)] } }],
        });
        await store.LoadAsync(CancellationToken.None);
        Assert.Null(Assert.Single(store.Lists()).Problem);

        Answer(kind, new TestList { Number = 8 }.SignedBy(s_issuer));
        if (kind == "unreachable") _server.Dispose();
        using var stop = new CancellationTokenSource();
        var running = store.RunAsync(_ => { }, stop.Token);
        while (!store.Lists().Any(list => list.Problem is not null))
        {
            if (Volatile.Read(ref _fetches) < 2 || (kind == "trickles" && _server.Requests.Count >= 2)) _time.Advance(TimeSpan.FromSeconds(10)); // otherwise the clock would outrun the bytes
            await Task.Delay(1);
        }

        await stop.CancelAsync();
        await running;
        Assert.Matches($"^{url} {problem}", store.Lists()[^1].Problem ?? store.Lists()[0].Problem);
        Assert.Equal(RevocationStatus.Revoked, store.Of("company")!.Kinds[0].Look(Question).Status);
        Assert.InRange(Interlocked.Read(ref _sent), 0, 96L << 20);
    }

    private RevocationQuestion Question => new(s_leaf.Certificate, s_issuer.Certificate, _time.GetUtcNow());

    /// <param name="good">The answer of a good one.</param>
    private void Answer(string kind, byte[] good) => _server.Answer = _ => kind switch
    {
        "trickles" => (stream, stop) => SendAsync(stream, "Content-Length: 1000\r\n", 1000, 1, stop),
        "silent" => (_, stop) => Task.Delay(Timeout.Infinite, stop),
        "endless" => (stream, stop) => SendAsync(stream, "", long.MaxValue, 1 << 16, stop),
        "10 GB" => (stream, stop) => SendAsync(stream, "Content-Length: 10000000000\r\n", 10_000_000_000, 1 << 16, stop),
        "redirects to https" => ListServer.Status("302 Found", "Location: https://elsewhere.test/\r\n"),
        "redirects to a file" => ListServer.Status("302 Found", "Location: file:///etc/passwd\r\n"),
        "redirects to a private address" => ListServer.Status("302 Found", "Location: http://127.0.0.1:1/\r\n"),
        "tryLater" => ListServer.Ok(TestOcsp.Error(3)),
        "unauthorized" => ListServer.Ok(TestOcsp.Error(6)),
        "expired" => ListServer.Ok(TestOcsp.Response(s_leaf, s_issuer, status: 0, made: TestPki.Now.AddDays(-9))),
        "of another certificate" => ListServer.Ok(TestOcsp.Response(s_issuer.Leaf("b.test"), s_issuer, status: 0)),
        "wrong signature" => ListServer.Ok(good[0] == 0x30 && good.Length > 3 && IsList(good) ? new TestList { Number = 9, BreakSignature = true }.SignedBy(s_issuer) : TestOcsp.Response(s_leaf, s_issuer, status: 0, responder: s_stranger)),
        "wrong issuer" => ListServer.Ok(new TestList { Number = 9 }.SignedBy(TestPki.Root("Somebody"))),
        "older" => ListServer.Ok(new TestList { Number = 6, ThisUpdate = TestPki.Now.AddDays(-1) }.SignedBy(s_issuer)),
        "no answer at all" => ListServer.Ok("<html>sign in to the network</html>"u8.ToArray()),
        "cut" => ListServer.Ok(good[..^1]),
        _ => null,
    };

    private static bool IsList(byte[] content) => TestList.Read(content).Lists.Count > 0;

    private async Task SendAsync(Stream stream, string headers, long length, int piece, CancellationToken stop)
    {
        await stream.WriteAsync(ListServer.Head("200 OK", headers), stop);
        for (long sent = 0; sent < length; sent += piece)
        {
            await stream.WriteAsync(new byte[piece], stop);
            Interlocked.Add(ref _sent, piece);
            if (piece == 1) await Task.Delay(1, stop);
        }
    }

    /// <summary>Asks until an answer, or its absence, is reported.</summary>
    /// <param name="isSlow">The clock moves meanwhile, independently of the real bytes.</param>
    private async Task<RevocationFinding> AskAsync(OcspAnswers answers, bool isSlow = false)
    {
        answers.Look(Question);
        var asking = answers.AskDueAsync(CancellationToken.None);
        while (!asking.IsCompleted)
        {
            if (isSlow && !_server.Requests.IsEmpty) _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        return answers.Look(Question);
    }

    private OcspAnswers Responder()
    {
        var responder = new OcspResponder(_server.Url("/").ToString(), null, () => [], FetchAsync);
        return new OcspAnswers(
            new OcspSource(_server.Url("/").ToString()), responder.AskAsync, () => new ListEvidence([]), new OcspTurns(), () => false, () => { }, fault => Assert.Fail(fault.ToString()), _time);
    }

    private Task<FetchAnswer> FetchAsync(FetchRequest request, CancellationToken stop)
    {
        Interlocked.Increment(ref _fetches);
        return new Fetch(_time, new Resolver(_time).ResolveAsync, _ => new LoadedSecret(null, null)).RunAsync(request, stop);
    }
}
