using MtlsProbe.Certificates;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Revocation;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Revocation;

/// <summary>Evidence is held from files and URLs, and no one can withdraw what the issuer has signed.</summary>
public sealed class EvidenceStoreTests : IDisposable
{
    private const string Url = "http://crl.test/ca.crl";

    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_leaf = s_root.Leaf("a.test");

    private readonly TempFiles _files = new();
    private readonly ManualTime _time = new(TestPki.Now);
    private readonly RecordingLogger<EvidenceStore> _log = new();
    private readonly Dictionary<string, Func<FetchAnswer>> _web = new(StringComparer.Ordinal);
    private readonly List<string> _fetched = [];
    private FetchRequest? _asked;
    private readonly EvidenceStore _store;

    public EvidenceStoreTests() => _store = new EvidenceStore(
        _time, _log, new LoopSet(_time).Revocation, _ => TestPki.Trust(s_root),
        (request, _) =>
        {
            lock (_fetched) _fetched.Add(request.Url.ToString());
            _asked = request;
            return Task.FromResult(Given(request, _web[request.Url.ToString()]()));
        });

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_file_is_read_at_once_in_PEM_and_in_DER()
    {
        var pem = _files.Write("a.crl", TestList.Pem(new TestList().SignedBy(s_root), new TestList().SignedBy(TestPki.Root("Other"))));
        var der = _files.Write("b.crl", new TestList { Number = 2 }.SignedBy(s_root));
        Follow(pem, der);

        Assert.Equal(["CN=Root", "CN=Other", "CN=Root"], _store.Lists().Select(list => list.Issuer));
        Assert.All([_store.Lists()[0], _store.Lists()[2]], list => Assert.Null(list.Problem));
        Assert.True(_store.Lists()[1].IssuerIsUnknown);
        Assert.Equal(RevocationStatus.Good, Status());
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("hello", "contains no revocation list")]
    [InlineData("0", "is not a readable revocation list")]
    [InlineData("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "has a list in line 1 that is not a readable revocation list")]
    public void Content_that_is_no_list_is_reported_with_its_place(string content, string problem)
    {
        var path = _files.Write("a.crl", content);
        Follow(path);

        Assert.StartsWith($"{path} {problem}", Assert.Single(_store.Lists()).Problem, StringComparison.Ordinal);
        Assert.Contains(problem, Assert.Single(_log.TakeShown()).Text, StringComparison.Ordinal);
        Assert.Equal(RevocationStatus.Unknown, Status());
    }

    [Fact]
    public void A_missing_file_removes_nothing()
    {
        Follow(_files.Path("a.crl"));

        Assert.Equal($"{_files.Path("a.crl")} does not exist", Assert.Single(_store.Lists()).Problem);
        Assert.Equal(RevocationStatus.Unknown, Status());
    }

    [Fact]
    public async Task A_changed_file_is_read_and_subscribers_are_notified()
    {
        var path = _files.Write("a.crl", new TestList().SignedBy(s_root));
        Follow(path);
        using var stop = new CancellationTokenSource();
        var changed = new TaskCompletionSource<ValueList<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = _store.RunAsync(changed.SetResult, stop.Token);
        _files.Write("a.crl", new TestList { Number = 2, Entries = [TestEntry.Of(s_leaf)] }.SignedBy(s_root));
        while (!changed.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(["company"], await changed.Task);
        Assert.Equal(RevocationStatus.Revoked, Status());
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_URL_is_fetched_before_a_command_probes()
    {
        Gives(new TestList { Entries = [TestEntry.Of(s_leaf)] });
        Follow(Url);

        Assert.True(_store.HasToLoad);
        Assert.Equal(RevocationStatus.Unknown, Status());
        await _store.LoadAsync(CancellationToken.None);
        Assert.False(_store.HasToLoad);
        Assert.Equal(RevocationStatus.Revoked, Status());
    }

    [Fact]
    public async Task An_older_list_does_not_replace_the_held_one_and_is_reported()
    {
        Gives(new TestList { Number = 7, Entries = [TestEntry.Of(s_leaf)] });
        await LoadAsync();
        Gives(new TestList { Number = 6 });
        await AgainAsync();

        Assert.Equal(RevocationStatus.Revoked, Status());
        Assert.Contains("delivers an older list of CN=Root (number 6,", Assert.Single(_store.Lists()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_its_issuer_did_not_sign_removes_nothing()
    {
        Gives(new TestList { Number = 7, Entries = [TestEntry.Of(s_leaf)] });
        await LoadAsync();
        Gives(new TestList { Number = 900, BreakSignature = true });
        await AgainAsync();
        Assert.Equal(RevocationStatus.Revoked, Status());
        Assert.Contains("is not signed by its issuer", Assert.Single(_store.Lists()).Problem, StringComparison.Ordinal);

        Gives(new TestList { Number = 8 });
        await AgainAsync();
        Assert.Equal(RevocationStatus.Good, Status());
        Assert.Null(Assert.Single(_store.Lists()).Problem);
    }

    [Fact]
    public async Task A_place_that_is_unreachable_removes_nothing()
    {
        Gives(new TestList());
        await LoadAsync();
        _web[Url] = () => FetchAnswer.Failed("answers with status 503");
        await AgainAsync();

        Assert.Equal(RevocationStatus.Good, Status());
        Assert.False(Assert.Single(_store.Lists()).IsInForce(_time.GetUtcNow()));
        Assert.Equal($"{Url} answers with status 503", _store.Lists()[0].Problem);
    }

    [Fact]
    public async Task A_lasting_fault_is_reported_once()
    {
        Gives(new TestList());
        await LoadAsync();
        Assert.StartsWith($"Revocation list {Url} of CN=Root loaded: 0 entries", Assert.Single(_log.TakeShown()).Text, StringComparison.Ordinal);
        _web[Url] = () => FetchAnswer.Failed("answers with status 503");
        await AgainAsync();
        await AgainAsync();
        Assert.Equal($"Revocation list {Url} answers with status 503. In use: 1 lists read before", Assert.Single(_log.TakeShown()).Text);
        _web[Url] = () => new FetchAnswer { IsUnchanged = true };
        await AgainAsync();
        Assert.Equal($"Revocation list {Url} can be read again", Assert.Single(_log.TakeShown()).Text);
    }

    [Fact]
    public async Task A_URL_of_two_bundles_is_fetched_once()
    {
        Gives(new TestList());
        _store.Follow(new Configuration { Targets = [], Identities = [], Trusts = [Trust("one", Url), Trust("two", Url)] });
        await _store.LoadAsync(CancellationToken.None);

        Assert.Equal([Url], _fetched);
        Assert.Equal(["one", "two"], _store.Lists().Select(list => list.Trust));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_required_list_is_awaited_until_the_first_attempt_has_ended_well_or_badly(bool comes)
    {
        if (comes) Gives(new TestList());
        else _web[Url] = () => FetchAnswer.Failed("answers with status 503");
        FollowStrictly();
        Assert.True(_store.IsAwaited("company"));

        await _store.LoadAsync(CancellationToken.None);

        Assert.False(_store.IsAwaited("company"));
        Assert.Equal(comes ? [] : [Reasons.RevocationUnknown], Judge().Errors);
    }

    [Fact]
    public async Task A_slow_list_is_no_longer_awaited()
    {
        var never = new TaskCompletionSource<FetchAnswer>();
        var store = new EvidenceStore(_time, _log, new LoopSet(_time).Revocation, _ => TestPki.Trust(s_root), (_, _) => never.Task);
        FollowStrictly(store);
        using var stop = new CancellationTokenSource();
        var running = store.RunAsync(_ => { }, stop.Token);
        for (var waited = TimeSpan.Zero; waited < EvidenceStore.Patience; waited += TimeSpan.FromSeconds(1))
        {
            Assert.True(store.IsAwaited("company"));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        while (store.IsAwaited("company"))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal([Reasons.RevocationUnknown], Judge(store).Errors);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public void A_bundle_that_accepts_unknown_states_waits_for_nothing()
    {
        Follow(Url);
        Assert.False(_store.IsAwaited("company"));
    }

    [Fact]
    public void A_replaced_list_and_a_delta_are_reported_as_such_and_an_unsigned_one_is_only_a_claim()
    {
        var now = TestPki.Now;
        Follow(
            _files.Write("old.crl", new TestList { Number = 1, NextUpdate = now.AddHours(1) }.SignedBy(s_root)),
            _files.Write("new.crl", new TestList { Number = 2 }.SignedBy(s_root)),
            _files.Write("delta.crl", new TestList { Number = 3, DeltaBase = 2 }.SignedBy(s_root)),
            _files.Write("forged.crl", new TestList { Number = 900, BreakSignature = true }.SignedBy(s_root)));

        Assert.Equal(
            [(true, false, true), (true, false, false), (true, true, false), (false, false, false)],
            _store.Lists().Select(list => (list.IsSigned, list.IsDelta, list.IsSuperseded)));
    }

    [Fact]
    public void The_issuer_is_learned_from_our_own_credential_and_not_from_another_bundle()
    {
        var issuer = s_root.Intermediate("Clients");
        var file = _files.Write("a.crl", new TestList().SignedBy(issuer));
        _store.Follow(new Configuration { Targets = [], Identities = [], Trusts = [Trust("clients", file), Trust("servers", file)] });
        Assert.All(_store.Lists(), list => Assert.True(list.IssuerIsUnknown));

        var own = new OwnRevocation(_store.Bundles, _time, (_, path) => _store.Learn("clients", path));
        own.Of([issuer.Client("checkout").Certificate, issuer.Certificate]);
        Assert.Equal([("clients", true), ("servers", false)], _store.Lists().Select(list => (list.Trust, list.IsSigned)));
        Assert.Null(_store.Lists()[0].Problem);
    }

    [Fact]
    public async Task At_the_start_no_more_than_a_few_URLs_are_fetched_at_once()
    {
        string[] urls = [.. Enumerable.Range(0, 9).Select(i => $"http://crl.test/{i}")];
        var (underWay, most) = (0, 0);
        using var go = new SemaphoreSlim(0);
        var store = new EvidenceStore(_time, _log, new LoopSet(_time).Revocation, _ => TestPki.Trust(s_root), async (_, stop) =>
        {
            lock (urls) most = Math.Max(most, ++underWay);
            await go.WaitAsync(stop);
            lock (urls) underWay--;
            return FetchAnswer.Failed("answers with status 503");
        });
        store.Follow(new Configuration { Targets = [], Identities = [], Trusts = [Trust("company", urls)] });
        var loading = store.LoadAsync(CancellationToken.None);
        go.Release(urls.Length);
        await loading;

        Assert.InRange(most, 1, 4);
        Assert.False(store.HasToLoad);
    }

    [Fact]
    public async Task A_URL_that_is_being_fetched_is_not_fetched_twice()
    {
        var fetches = 0;
        var answer = new TaskCompletionSource<FetchAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new EvidenceStore(_time, _log, new LoopSet(_time).Revocation, _ => TestPki.Trust(s_root), (_, _) =>
        {
            Interlocked.Increment(ref fetches);
            return answer.Task;
        });
        store.Follow(new Configuration { Targets = [], Identities = [], Trusts = [Trust("company", Url)] });

        var first = store.LoadAsync(CancellationToken.None);
        var second = store.LoadAsync(CancellationToken.None); // waits for the other, and then has what that fetched
        Assert.False(second.IsCompleted);
        answer.SetResult(FetchAnswer.Failed("answers with status 503"));
        await Task.WhenAll(first, second);

        Assert.Equal(1, fetches);
    }

    [Fact]
    public async Task A_list_that_is_unchanged_is_in_use_and_not_reported()
    {
        TestList list = new() { Number = 1, Entries = [TestEntry.Of(s_root.Leaf("b.test"))] };
        List<string> changed = [];
        Gives(list);
        await LoadAsync();
        Gives(list with { Number = 2, ThisUpdate = TestPki.Now, NextUpdate = TestPki.Now.AddDays(9) });
        await AgainAsync(trusts => changed.AddRange(trusts));
        Assert.Empty(changed);
        Assert.Equal(TestPki.Now, Assert.Single(_store.Lists()).ThisUpdate);

        Gives(list with { Number = 3, ThisUpdate = TestPki.Now, NextUpdate = TestPki.Now.AddDays(9), Entries = [.. list.Entries, TestEntry.Of(s_leaf)] });
        await AgainAsync(trusts => changed.AddRange(trusts));
        Assert.Equal(["company"], changed);
        Assert.Equal(RevocationStatus.Revoked, Status());
    }

    [Fact]
    public async Task An_expired_list_is_requested_less_and_less_often()
    {
        Gives(new TestList { NextUpdate = TestPki.Now.AddMinutes(-1) });
        await LoadAsync();
        for (var i = 0; i < 9; i++) await AgainAsync();
        var before = _time.GetUtcNow();
        await AgainAsync();

        Assert.True(_time.GetUtcNow() - before >= TimeSpan.FromMinutes(10), $"{_time.GetUtcNow() - before}");
    }

    [Fact]
    public void Distribution_points_are_learned_from_chains_with_an_anchor_if_that_is_allowed()
    {
        var leaf = s_root.Leaf("a.test", t => t with { More = [Points(Url, "ldap://crl.test/ca", "http://user@crl.test/")] });
        var chain = new ChainVerdict { Path = [leaf.Certificate, s_root.Certificate] };
        Follow(new RevocationSource { WhenUnknown = WhenUnknown.Reject });
        _store.Learn("company", chain);
        Assert.False(_store.HasToLoad);

        Follow(new RevocationSource { FromCertificates = true });
        _store.Learn("company", chain with { Faults = [new(Reasons.UntrustedIssuer, null, "")] });
        Assert.False(_store.HasToLoad);
        _store.Learn("company", chain);
        Assert.True(_store.HasToLoad);
        Assert.Equal([Url], _store.Lists().Select(list => list.Place));
    }

    [Fact]
    public void The_number_of_fetched_distribution_points_is_bounded()
    {
        Follow(new RevocationSource { FromCertificates = true });
        for (var i = 0; i < 70; i++)
        {
            var leaf = s_root.Leaf("a.test", t => t with { More = [Points($"http://crl.test/{i}")] });
            _store.Learn("company", new ChainVerdict { Path = [leaf.Certificate, s_root.Certificate] });
        }

        Assert.Equal(BundleEvidence.MostPoints, _store.Lists().Count);
        Assert.Single(_log.TakeShown(), line => line.Text.Contains("more than 64 distribution points", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_version_of_good_content_is_kept_for_the_next_request()
    {
        Gives(new TestList { Number = 7 }, tag: "seven");
        await LoadAsync();
        await AgainAsync();
        Assert.Equal("seven", _asked!.EntityTag);

        Gives(new TestList { Number = 6 }, tag: "six");
        await AgainAsync();
        await AgainAsync();
        Assert.Null(_asked.EntityTag);
    }

    [Fact]
    public async Task A_distribution_point_without_room_is_learned_later_and_a_displaced_one_is_forgotten()
    {
        Follow(new RevocationSource { FromCertificates = true });
        var chains = Enumerable.Range(0, 65).Select(i => s_root.Leaf("a.test", t => t with { More = [Points($"http://crl.test/{i}")] }))
            .Select(leaf => new ChainVerdict { Path = [leaf.Certificate, s_root.Certificate] }).ToList();
        foreach (var chain in chains) _store.Learn("company", chain);
        Assert.DoesNotContain("http://crl.test/64", _store.Lists().Select(list => list.Place));

        _time.Advance(TimeSpan.FromDays(2));
        _store.Learn("company", chains[64]);
        Assert.Equal(["http://crl.test/64"], _store.Lists().Select(list => list.Place));
        _store.Learn("company", chains[0]);
        Assert.Equal(["http://crl.test/64", "http://crl.test/0"], _store.Lists().Select(list => list.Place));
        foreach (var place in _store.Lists()) _web[place.Place] = () => FetchAnswer.Failed("is away");
        await _store.LoadAsync(CancellationToken.None);
        Assert.Equal(2, _fetched.Count);
    }

    [Fact]
    public void A_bundle_that_learns_a_distribution_point_delays_no_reader_of_its_places()
    {
        var leaf = s_root.Leaf("a.test", t => t with { More = [Points(Url)] });
        BundleEvidence? bundle = null;
        var hasAnswered = false;
        bundle = new BundleEvidence(
            new TrustSource("company", ["/root.crt"]) { Revocation = new RevocationSource { FromCertificates = true } },
            [],
            place =>
            {
                // Another thread, which holds the lock of the store that opens places.
                var other = new Thread(() => _ = bundle!.Places);
                other.Start();
                hasAnswered = other.Join(TimeSpan.FromSeconds(5));
                return new HeldPlace(place, null);
            },
            _time);
        bundle.Learn([leaf.Certificate, s_root.Certificate]);

        Assert.True(hasAnswered);
        Assert.Single(bundle.Places);
    }

    [Fact]
    public void The_issuer_that_was_not_seen_for_longest_is_displaced()
    {
        var bundle = new BundleEvidence(new TrustSource("company", ["/root.crt"]) { Revocation = new RevocationSource() }, [], place => new HeldPlace(place, null), _time);
        var first = TestPki.Root("First");
        ValueList<Certificate> seenAgain = [first.Leaf("a.test").Certificate, first.Certificate];
        bundle.Meet(seenAgain);
        for (var i = 0; i < 256; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            bundle.Meet([s_leaf.Certificate, first.Certificate with { Sha256 = $"{i}" }]);
            bundle.Knows(seenAgain);
        }

        Assert.Contains(first.Certificate, bundle.IssuersOf(first.Certificate.Rules.Subject));
    }

    [Fact]
    public void A_changed_configuration_is_another_evidence_and_a_bundle_without_any_has_none()
    {
        Follow(new RevocationSource { WhenUnknown = WhenUnknown.Reject });
        Assert.Equal(WhenUnknown.Reject, _store.Of("company")!.WhenUnknown);
        Follow(new RevocationSource { FromCertificates = true });
        Assert.Equal(WhenUnknown.Accept, _store.Of("company")!.WhenUnknown);
        _store.Follow(new Configuration { Targets = [], Identities = [], Trusts = [new TrustSource("company", ["/root.crt"])] });
        Assert.Null(_store.Of("company"));
    }

    private static TrustSource Trust(string name, params string[] places) =>
        new(name, ["/root.crt"]) { Revocation = new RevocationSource { Lists = [.. places.Select(place => new RevocationPlace(place, IsUrl: place.StartsWith("http", StringComparison.Ordinal)))] } };

    private static System.Security.Cryptography.X509Certificates.X509Extension Points(params string[] uris)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        var zero = new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 0);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence(zero))
        using (writer.PushSequence(zero))
        {
            foreach (var uri in uris) writer.WriteOctetString(System.Text.Encoding.ASCII.GetBytes(uri), new(System.Formats.Asn1.TagClass.ContextSpecific, 6));
        }

        return new("2.5.29.31", writer.Encode(), critical: false);
    }

    private void Follow(params string[] places) => _store.Follow(new Configuration { Targets = [], Identities = [], Trusts = [Trust("company", places)] });

    private void Follow(RevocationSource revocation) =>
        _store.Follow(new Configuration { Targets = [], Identities = [], Trusts = [new TrustSource("company", ["/root.crt"]) { Revocation = revocation }] });

    private void Gives(TestList list, string? tag = null)
    {
        var der = list.SignedBy(s_root);
        _web[Url] = () => new FetchAnswer { Content = der, EntityTag = tag };
    }

    /// <summary>Passes content on as a fetch does.</summary>
    private static FetchAnswer Given(FetchRequest request, FetchAnswer answer)
    {
        if (answer.Content is not { } content) return answer;
        request.Into!(content);
        return answer with { Content = null, IsGiven = true };
    }

    private Task LoadAsync()
    {
        Follow(Url);
        return _store.LoadAsync(CancellationToken.None);
    }

    /// <summary>The next scheduled fetch, however far away it is.</summary>
    private async Task AgainAsync(Action<ValueList<string>>? changed = null)
    {
        using var stop = new CancellationTokenSource();
        var before = _fetched.Count;
        var running = _store.RunAsync(changed ?? (_ => { }), stop.Token);
        while (_fetched.Count == before)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        await stop.CancelAsync();
        await running;
    }

    private void FollowStrictly(EvidenceStore? store = null)
    {
        var trust = Trust("company", Url);
        (store ?? _store).Follow(new Configuration { Targets = [], Identities = [], Trusts = [trust with { Revocation = trust.Revocation! with { WhenUnknown = WhenUnknown.Reject } }] });
    }

    private ChainVerdict Judge(EvidenceStore? store = null) =>
        new ChainJudge(evidence: (store ?? _store).Of).Judge([s_leaf.Certificate], new TrustBundle("company", [s_root.Certificate]), new("a.test"), _time.GetUtcNow(), default);

    private RevocationStatus Status() =>
        _store.Of("company")!.Kinds[0].Look(new RevocationQuestion(s_leaf.Certificate, s_root.Certificate, _time.GetUtcNow())).Status;
}
