using System.Collections.Frozen;
using MtlsProbe.Certificates;
using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// Holds the evidence of revocation. It follows files, fetches URLs in the background, and answers from memory: no probe ever waits for either. A
/// place that delivers nothing withdraws nothing.
/// </summary>
internal sealed class EvidenceStore
{
    /// <summary>
    /// The maximum time that a verdict waits for evidence that has been requested, if the bundle requires evidence: as long as two requests to a
    /// responder can take.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The size of replaced lists for which a garbage collection is worthwhile.</summary>
    private const long MuchLetGo = 8 << 20;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patienceAtStart = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly Loop _loop;
    private readonly Func<string, TrustBundle?> _anchors;
    private readonly Func<FetchRequest, CancellationToken, Task<FetchAnswer>> _fetch;
    private readonly EvidenceLog _log;
    private readonly KnownIssuers _issuers;
    private readonly PlaceSet _places;
    private readonly PlaceFetches _fetches;
    private readonly EvidenceNews _news;
    private readonly OcspTurns _turns = new();
    private readonly SignatureCache _signatures = new();
    private readonly Lock _gate = new(); // lock order: this lock before that of a bundle
    private readonly HashSet<string> _full = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<string, BundleEvidence> _bundles = FrozenDictionary<string, BundleEvidence>.Empty;
    private volatile FrozenDictionary<string, Published> _published = FrozenDictionary<string, Published>.Empty;
    private Action<ValueList<string>> _changed = _ => { };

    /// <param name="anchors">The anchors of a trust bundle, by its name; null while there are none.</param>
    /// <param name="fetch">Fetches a URL; tests use their own.</param>
    public EvidenceStore(TimeProvider time, ILogger<EvidenceStore> log, Loop loop, Func<string, TrustBundle?> anchors, Func<FetchRequest, CancellationToken, Task<FetchAnswer>> fetch)
    {
        (_time, _loop, _anchors, _fetch) = (time, loop, anchors, fetch);
        _log = new EvidenceLog(log);
        _issuers = new KnownIssuers(() => _bundles.Values, anchors);
        _places = new PlaceSet(_issuers, _log, time);
        _fetches = new PlaceFetches(_places, () => _bundles.Values, anchors, _issuers, fetch, place => Tell([place]), loop, _log, time);
        _news = new EvidenceNews(_issuers, _log, time);
    }

    /// <summary>Whether <see cref="LoadAsync"/> has anything to do.</summary>
    public bool HasToLoad => _fetches.HasNew || Responders.Any(answers => answers.HasNew);

    private IEnumerable<OcspAnswers> Responders => _bundles.Values.Select(bundle => bundle.Ocsp).OfType<OcspAnswers>();

    /// <summary>As an <see cref="EvidenceLookup"/>.</summary>
    public RevocationEvidence? Of(string trust) => _published.GetValueOrDefault(trust)?.Evidence;

    /// <summary>
    /// Whether evidence has been requested for a trust bundle that requires it, and the first attempt has neither ended nor taken too long.
    /// </summary>
    public bool IsAwaited(string trust) => _bundles.TryGetValue(trust, out var bundle) && bundle.IsAwaited;

    /// <summary>Each bundle that has evidence, with its anchors; those whose anchors are not loaded are skipped.</summary>
    public IEnumerable<(TrustBundle Trust, RevocationEvidence Evidence)> Bundles()
    {
        foreach (var (name, published) in _published)
        {
            if (_anchors(name) is { } trust) yield return (trust, published.Evidence);
        }
    }

    /// <summary>Every list of every trust bundle, and every place that has not delivered one.</summary>
    public ValueList<RevocationListState> Lists() =>
        [.. _bundles.Values.OrderBy(bundle => bundle.Source.Name, StringComparer.Ordinal).SelectMany(bundle => new ListStates(bundle, _issuers, _time.GetUtcNow()).All)];

    /// <summary>
    /// Opens the places of a configuration, and reads its files; waits for those, but not for long. URLs are fetched by <see cref="LoadAsync"/> and
    /// <see cref="RunAsync"/>. For one caller at a time.
    /// </summary>
    public void Follow(Configuration configuration)
    {
        lock (_gate)
        {
            var before = _bundles;
            _bundles = configuration.Trusts.Where(trust => trust.Revocation is not null)
                .ToFrozenDictionary(trust => trust.Name, trust => before.TryGetValue(trust.Name, out var known) && known.Source == trust ? known : Bundle(trust, known), StringComparer.Ordinal);
            KeepUsedPlaces();
        }

        Tell(_places.ReadNew(s_patienceAtStart)); // not under the lock: a probe that learns something must not wait for a disk
    }

    /// <summary>Fetches every URL that has not been fetched yet, and asks the responders about every certificate that is new.</summary>
    public Task LoadAsync(CancellationToken stop) => Task.WhenAll([_fetches.LoadNewAsync(stop), .. Responders.Select(answers => answers.AskNewAsync(stop))]);

    /// <summary>Follows files and fetches URLs until it is cancelled.</summary>
    /// <param name="changed">Called with the trust bundles whose new evidence may change the status of a certificate.</param>
    public async Task RunAsync(Action<ValueList<string>> changed, CancellationToken stop)
    {
        _changed = changed;
        await Task.WhenAll(
            FilePolls.RunAsync(() => _places.Files, () => Done(() => Tell([])), fault => _log.Failed(fault, "files"), _loop, stop),
            _loop.RunAsync(() => Done(Turn), s_period, fault => _log.Failed(fault, "URLs"), stop)).ConfigureAwait(false);

        void Turn()
        {
            _fetches.BeginDue(stop);
            foreach (var answers in Responders) answers.Ask(stop);
            if (_places.Urls.Where(place => !place.IsSettled && _time.GetElapsedTime(place.Opened) > Patience).ToList() is { Count: > 0 } slow) Tell(slow);
            lock (_gate) _news.TellEnded(_places.All);
            Collect();
        }

        static Task Done(Action work)
        {
            work();
            return Task.CompletedTask;
        }
    }

    /// <summary>Learns issuers from a chain that leads to an anchor, and the places in their certificates if those may be fetched.</summary>
    /// <param name="presented">All certificates that the server sent; null: only the path.</param>
    public void Learn(string trust, ChainVerdict? chain, IReadOnlyList<Certificate>? presented = null)
    {
        if (chain is null) return;
        if (chain.Errors.Any(error => error == Reasons.UntrustedIssuer || error == Reasons.IncompleteChain || error == Reasons.SelfSigned || error == Reasons.BadSignature)) return;
        if (presented is not null && _bundles.TryGetValue(trust, out var bundle)) bundle.LearnSigners(presented, chain.Path, _signatures);
        Learn(trust, chain.Path); // last: the places that it opens may have lists of those signers
    }

    /// <summary>Learns from a path to an anchor as from a chain: the path of one of our credentials.</summary>
    public void Learn(string trust, ValueList<Certificate> path)
    {
        if (path.Count == 0 || !_bundles.TryGetValue(trust, out var bundle) || bundle.Knows(path)) return;
        bundle.Meet(path);
        var deltas = bundle.DeltaPlaces(_issuers);
        lock (_gate)
        {
            if (_bundles.GetValueOrDefault(trust) != bundle) return; // the configuration was reloaded: the next probe learns what it allows now
            var isNew = bundle.Learn(path);
            if (bundle.Open(deltas) | isNew)
            {
                KeepUsedPlaces();
                Publish([bundle]);
            }

            if (bundle.IsFull && _full.Add(trust)) _log.TooManyPoints(trust, BundleEvidence.MostPoints);
        }
    }

    /// <summary>
    /// Returns the memory of a large replaced list to the system now. Otherwise that would wait for the next full collection, which in an idle
    /// process may come after the next list. No probe uses the old list for longer than a second.
    /// </summary>
    private void Collect()
    {
        lock (_gate)
        {
            if (_news.LetGo < MuchLetGo) return;
            _news.LetGo = 0;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // otherwise the process keeps the memory
    }

    private BundleEvidence Bundle(TrustSource trust, BundleEvidence? before)
    {
        var proxy = trust.Revocation!.Proxy;
        var bundle = new BundleEvidence(trust, trust.Revocation.Lists.Select(place => _places.Open(place, proxy)).ToValueList(), place => _places.Open(place, proxy), _time)
        {
            Ocsp = before is not null && before.Revocation.Ocsp == trust.Revocation.Ocsp && before.Revocation.Proxy == proxy ? before.Ocsp : Answers(trust),
        };
        if (before is not null) bundle.TakeOver(before);
        return bundle;
    }

    /// <summary>Null if no responder may be asked.</summary>
    private OcspAnswers? Answers(TrustSource trust)
    {
        if (trust.Revocation!.Ocsp is not { } ocsp) return null;
        var name = trust.Name;
        var responder = new OcspResponder(ocsp.Responder, trust.Revocation.Proxy, () => _anchors(name)?.Anchors ?? [], _fetch);
        return new OcspAnswers(
            ocsp, responder.AskAsync, () => new ListEvidence(_bundles.GetValueOrDefault(name)?.Lists ?? []), _turns, () => IsDemanded(name), () => _changed([name]), fault => Failed(fault, name), _time);
    }

    private bool IsDemanded(string trust) => _bundles.TryGetValue(trust, out var bundle) && bundle.Revocation.WhenUnknown == WhenUnknown.Reject;

    private void Failed(Exception fault, string trust)
    {
        _loop.Failed();
        _log.Failed(fault, $"OCSP, {trust}");
    }

    private void KeepUsedPlaces() => _places.KeepOnly([.. _bundles.Values.SelectMany(bundle => bundle.Places)]);

    /// <summary>Publishes what was read since the last call to the judge, the log and the listeners.</summary>
    /// <param name="ended">Places that are no longer awaited.</param>
    private void Tell(IReadOnlyList<HeldPlace> ended)
    {
        ValueList<string> others;
        lock (_gate)
        {
            var (changed, other) = _news.Look(_places.All);
            var bundles = _bundles.Values.Where(bundle => IsNew(bundle) || bundle.Places.Any(changed.Contains)).ToList();
            if (bundles.Where(bundle => bundle.Open(bundle.DeltaPlaces(_issuers))).ToList() is [_, ..]) KeepUsedPlaces();
            others = bundles.Where(bundle => IsNew(bundle) || bundle.Places.Any(other.Contains)).Select(bundle => bundle.Source.Name).ToValueList();
            if (bundles.Count > 0 || _published.Count != _bundles.Count) Publish(bundles);
            foreach (var place in ended) place.Settle(); // after publication: a probe that stops waiting must see the new evidence
        }

        if (others.Count > 0) _changed(others);

        bool IsNew(BundleEvidence bundle) => _published.GetValueOrDefault(bundle.Source.Name)?.Bundle != bundle;
    }

    /// <param name="others">The bundles whose evidence has changed.</param>
    private void Publish(List<BundleEvidence> others)
    {
        var known = _published;
        _published = _bundles.ToFrozenDictionary(
            bundle => bundle.Key,
            bundle => !others.Contains(bundle.Value) && known.TryGetValue(bundle.Key, out var same) && same.Bundle == bundle.Value ? same : new(bundle.Value, EvidenceOf(bundle.Value)),
            StringComparer.Ordinal);
    }

    private static RevocationEvidence EvidenceOf(BundleEvidence bundle)
    {
        List<IRevocationEvidence> kinds = [];
        if (bundle.Revocation is { Lists.Count: > 0 } or { FromCertificates: true }) kinds.Add(new ListEvidence(bundle.Lists));
        if (bundle.Ocsp is { } answers) kinds.Add(answers);
        return new RevocationEvidence(bundle.Revocation.WhenUnknown, kinds.ToValueList());
    }

    private sealed record Published(BundleEvidence Bundle, RevocationEvidence Evidence);
}
