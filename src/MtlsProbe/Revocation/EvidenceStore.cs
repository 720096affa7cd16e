using System.Collections.Frozen;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// The live holder of evidence of revocation. It follows files, fetches URLs in the background, and answers from memory: no probe ever waits
/// for either. A place that gives nothing takes nothing away.
/// </summary>
/// <param name="bundles">The anchors of a trust bundle, by its name; null while there are none.</param>
/// <param name="fetch">Fetches a URL. Tests bring their own.</param>
internal sealed class EvidenceStore(TimeProvider time, ILogger<EvidenceStore> log, Loop loop, Func<string, TrustBundle?> bundles, Func<FetchRequest, CancellationToken, Task<FetchAnswer>> fetch)
{
    /// <summary>Fetches under way at once.</summary>
    private const int MostAtOnce = 4;

    /// <summary>Bytes of the lists of all places that servers have named; those of fetches under way may come on top.</summary>
    private const long MostLearned = 256 << 20;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patienceAtStart = TimeSpan.FromSeconds(2);

    private readonly EvidenceLog _log = new(log);
    private readonly OcspTurns _turns = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<(RevocationPlace Place, ProxyServer? Proxy), (HeldPlace Held, FileFollower? File)> _places = [];
    private readonly Dictionary<HeldPlace, PlaceState> _told = [];
    private readonly HashSet<KnownList> _ended = [];
    private readonly HashSet<string> _full = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<string, BundleEvidence> _bundles = FrozenDictionary<string, BundleEvidence>.Empty;
    private volatile FrozenDictionary<string, Published> _published = FrozenDictionary<string, Published>.Empty;
    private Action<ValueList<string>> _changed = _ => { };

    /// <summary>As an <see cref="EvidenceLookup"/>.</summary>
    public RevocationEvidence? Of(string trust) => _published.GetValueOrDefault(trust)?.Evidence;

    /// <summary>Takes the places that a configuration names, and reads its files; waits for those, but not for long. URLs are fetched by <see cref="LoadAsync"/> and <see cref="RunAsync"/>.</summary>
    public void Follow(Configuration configuration)
    {
        lock (_gate)
        {
            var before = _bundles;
            _bundles = configuration.Trusts.Where(trust => trust.Revocation is not null)
                .ToFrozenDictionary(trust => trust.Name, trust => before.TryGetValue(trust.Name, out var known) && known.Source == trust ? known : Bundle(trust, known), StringComparer.Ordinal);
            var used = _bundles.Values.SelectMany(bundle => bundle.Places).ToHashSet();
            var fresh = _places.Values.Where(place => place.File is not null && used.Contains(place.Held) && !_told.ContainsKey(place.Held)).Select(place => place.File!).ToList();
            Forget(used);
            FilePolls.Once(fresh, s_patienceAtStart);
        }

        Tell();
    }

    /// <summary>Fetches every URL once that has not been fetched yet, and asks the responders about every certificate that nobody has been asked about.</summary>
    public Task LoadAsync(CancellationToken stop) => Task.WhenAll([
        Parallel.ForEachAsync(
            Urls().Where(place => place.Due == 0), new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stop },
            async (place, end) => await FetchAsync(place, end).ConfigureAwait(false)),
        .. Responders().Select(answers => answers.AskNewAsync(stop)),
    ]);

    /// <summary>Whether there is something that <see cref="LoadAsync"/> would do.</summary>
    public bool HasToLoad => Urls().Any(place => place.Due == 0) || Responders().Any(answers => answers.HasNew);

    /// <summary>Each bundle that has evidence, with its anchors; those whose anchors are not loaded are left out.</summary>
    public IEnumerable<(TrustBundle Trust, RevocationEvidence Evidence)> Bundles()
    {
        foreach (var (name, published) in _published)
        {
            if (bundles(name) is { } trust) yield return (trust, published.Evidence);
        }
    }

    /// <summary>Follows files and fetches URLs until it is told to stop.</summary>
    /// <param name="changed">Told the trust bundles of which other evidence than before may say something else of a certificate.</param>
    public async Task RunAsync(Action<ValueList<string>> changed, CancellationToken stop)
    {
        _changed = changed;
        await Task.WhenAll(
            FilePolls.RunAsync(Files, TellAsync, fault => _log.Failed(fault, "files"), loop, stop),
            loop.RunAsync(() => TurnAsync(stop), s_period, fault => _log.Failed(fault, "URLs"), stop)).ConfigureAwait(false);

        Task TellAsync()
        {
            Tell();
            return Task.CompletedTask;
        }
    }

    /// <summary>Learns issuers, and the places that their certificates name where those may be fetched, from a chain that leads to an anchor.</summary>
    public void Learn(string trust, ChainVerdict? chain)
    {
        if (chain is null) return;
        if (chain.Errors.Any(error => error == Reasons.UntrustedIssuer || error == Reasons.IncompleteChain || error == Reasons.SelfSigned || error == Reasons.BadSignature)) return;
        Learn(trust, chain.Path);
    }

    /// <summary>As from a chain, from a path to an anchor: the chain of a credential of ours.</summary>
    public void Learn(string trust, ValueList<Certificate> path)
    {
        if (path.Count == 0 || !_bundles.TryGetValue(trust, out var bundle) || bundle.Knows(path)) return;
        lock (_gate) // whoever needs this lock and that of a bundle takes this one first
        {
            if (!_bundles.TryGetValue(trust, out bundle)) return;
            if (bundle.Learn(path))
            {
                Forget(_bundles.Values.SelectMany(one => one.Places).ToHashSet());
                Publish([bundle]);
            }

            if (bundle.IsFull && _full.Add(trust)) _log.TooManyPoints(trust, BundleEvidence.MostPoints);
        }
    }

    /// <summary>Every list of every trust bundle, and every place that has given none.</summary>
    public ValueList<RevocationListState> Lists() =>
        [.. _bundles.Values.OrderBy(bundle => bundle.Source.Name, StringComparer.Ordinal).SelectMany(States)];

    private IEnumerable<RevocationListState> States(BundleEvidence bundle)
    {
        var signed = bundle.Lists.Where(known => known.Problem is null && IssuersOf(known.List.Issuer, bundle).Any(known.IsSignedBy)).ToList();
        return bundle.Places.SelectMany(place => States(bundle, place, signed));
    }

    private IEnumerable<RevocationListState> States(BundleEvidence bundle, HeldPlace place, List<KnownList> signed)
    {
        var (lists, problem) = place.State;
        var (state, now) = (new RevocationListState(bundle.Source.Name, place.Place.Name), time.GetUtcNow());
        if (lists.Count == 0) yield return state with { Problem = $"{place.Place} {problem}" };
        foreach (var known in lists)
        {
            var list = known.List;
            var isSigned = signed.Contains(known);
            var hasIssuer = isSigned || IssuersOf(list.Issuer, bundle).Any();
            var wrong = problem ?? known.Problem ?? (ListEvidence.IsFromFuture(list, now) ? $"is from the future ({Times.Iso(list.ThisUpdate)})" : hasIssuer && !isSigned ? "is not signed by its issuer" : DeltaProblem(known, bundle));
            var isUnknown = wrong is null && !hasIssuer;
            if (isUnknown) wrong = $"is a list of {list.IssuerText.Clip()}, of which this trust bundle knows no certificate before a chain to its anchors has one: who signed it cannot be checked yet";
            yield return state with
            {
                Issuer = list.IssuerText,
                ThisUpdate = list.ThisUpdate,
                NextUpdate = list.NextUpdate,
                Entries = list.Entries.Count,
                Problem = wrong is null ? null : $"{place.Place} {wrong}",
                IssuerIsUnknown = isUnknown,
                IsSigned = isSigned,
                IsDelta = list.DeltaBase is not null,
                IsSuperseded = isSigned && signed.Exists(other => list.IsOfSameScope(other.List) && list.IsOlderThan(other.List) && !ListEvidence.IsFromFuture(other.List, now)),
            };
        }
    }

    private static string? DeltaProblem(KnownList known, BundleEvidence bundle) =>
        known.List.DeltaBase is null || bundle.Lists.Any(other => ListEvidence.Continues(known.List, other.List)) ? null
            : "is a delta list, and the complete list that it goes on from is not at hand: it is left out";

    /// <summary>The known certificates of its issuer that have signed a list; null where none is known.</summary>
    private ValueList<Certificate>? SignersOf(KnownList known)
    {
        var issuers = IssuersOf(known.List.Issuer).ToList();
        return issuers.Count == 0 ? null : issuers.Where(known.IsSignedBy).ToValueList();
    }

    /// <summary>The certificates of an authority that are known under any trust bundle.</summary>
    private IEnumerable<Certificate> IssuersOf(NameKey name) => _bundles.Values.SelectMany(bundle => IssuersOf(name, bundle));

    /// <summary>Those that are known under this one: what another bundle trusts proves nothing to it.</summary>
    private IEnumerable<Certificate> IssuersOf(NameKey name, BundleEvidence bundle) =>
        bundle.IssuersOf(name).Concat(bundles(bundle.Source.Name)?.Anchors.Where(anchor => anchor.Rules.Subject == name) ?? []);

    private BundleEvidence Bundle(TrustSource trust, BundleEvidence? before)
    {
        var proxy = trust.Revocation!.Proxy;
        var bundle = new BundleEvidence(trust, trust.Revocation.Lists.Select(place => Open(place, proxy)).ToValueList(), place => Open(place, proxy), time)
        {
            Ocsp = before is not null && before.Revocation.Ocsp == trust.Revocation.Ocsp && before.Revocation.Proxy == proxy ? before.Ocsp : Answers(trust),
        };
        if (before is not null) bundle.TakeOver(before);
        return bundle;
    }

    /// <summary>Null where no responder may be asked.</summary>
    private OcspAnswers? Answers(TrustSource trust)
    {
        if (trust.Revocation!.Ocsp is not { } ocsp) return null;
        var name = trust.Name;
        var responder = new OcspResponder(ocsp.Responder, trust.Revocation.Proxy, () => bundles(name)?.Anchors ?? [], fetch);
        return new OcspAnswers(
            ocsp, responder.AskAsync, () => new ListEvidence(_bundles.GetValueOrDefault(name)?.Lists ?? []), _turns, () => _changed([name]), fault => Failed(fault, name), time);
    }

    private void Failed(Exception fault, string trust)
    {
        loop.Failed();
        _log.Failed(fault, $"OCSP, {trust}");
    }

    private HeldPlace Open(RevocationPlace place, ProxyServer? proxy)
    {
        lock (_gate)
        {
            var key = (place, place.IsUrl ? proxy : null);
            if (_places.TryGetValue(key, out var known)) return known.Held;
            var held = new HeldPlace(place, key.Item2);
            var file = place.IsUrl ? null : new ListFile(place.Name, (content, problem) => held.Take(content, problem, SignersOf, time.GetUtcNow(), keepsUnsigned: true), fault => _log.Failed(fault, place.Name), time).Follow();
            _places.Add(key, (held, file));
            return held;
        }
    }

    /// <summary>Forgets the places that are not among these.</summary>
    private void Forget(HashSet<HeldPlace> used)
    {
        foreach (var (key, place) in _places.ToList())
        {
            if (used.Contains(place.Held)) continue;
            _places.Remove(key);
            _told.Remove(place.Held);
        }
    }

    private List<FileFollower> Files()
    {
        lock (_gate) return [.. _places.Values.Select(place => place.File).OfType<FileFollower>()];
    }

    private List<HeldPlace> Urls()
    {
        lock (_gate) return [.. _places.Values.Where(place => place.Held.Place.IsUrl).Select(place => place.Held)];
    }

    private IEnumerable<OcspAnswers> Responders() => _bundles.Values.Select(bundle => bundle.Ocsp).OfType<OcspAnswers>();

    private Task TurnAsync(CancellationToken stop)
    {
        var urls = Urls();
        var free = MostAtOnce - urls.Count(place => place.IsUnderWay);
        foreach (var place in urls)
        {
            if (free > 0 && !place.IsUnderWay && place.Due <= time.GetTimestamp())
            {
                free--;
                _ = FetchAsync(place, stop);
            }
        }

        foreach (var answers in Responders()) answers.Ask(stop);
        TellEnded();
        return Task.CompletedTask;
    }

    private async Task FetchAsync(HeldPlace place, CancellationToken stop)
    {
        place.IsUnderWay = true;
        try
        {
            var answer = await fetch(Request(place), stop).ConfigureAwait(false);
            if (answer.Content is { } content)
            {
                place.Take(content, null, SignersOf, time.GetUtcNow(), keepsUnsigned: IsNamed(place.Place));
                var isTaken = place.State.Problem is null; // else the same content is no good news the next time either
                (place.EntityTag, place.LastModified) = isTaken ? (answer.EntityTag, answer.LastModified) : (null, null);
            }
            else if (answer.IsUnchanged) place.Confirm();
            else place.Complain(answer.Problem!);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            loop.Failed();
            _log.Failed(fault, place.Place.Name);
            place.Complain("could not be fetched: a fault of this program, which its log tells");
        }
        finally
        {
            var hasEnded = place.State.Lists.Min(known => known.List.NextUpdate) < time.GetUtcNow();
            place.Failures = place.State.Problem is null && !hasEnded ? 0 : place.Failures + 1;
            place.Due = time.GetTimestamp() + (long)(RefreshTimes.After(place, time.GetUtcNow()).TotalSeconds * time.TimestampFrequency);
            place.IsUnderWay = false;
        }

        Tell();
    }

    private FetchRequest Request(HeldPlace place)
    {
        var owners = _bundles.Values.Where(bundle => bundle.Places.Contains(place)).ToList();
        var hasLists = place.State.Lists.Count > 0;
        return new FetchRequest(new Uri(place.Place.Name))
        {
            IsConfigured = IsConfigured,
            Proxy = place.Proxy,
            Anchors = owners.SelectMany(bundle => bundles(bundle.Source.Name)?.Anchors ?? []).Distinct().ToValueList(),
            EntityTag = hasLists ? place.EntityTag : null,
            LastModified = hasLists ? place.LastModified : null,
            MostBytes = IsNamed(place.Place) ? RevocationList.MaxSize : Math.Max(0, (int)Math.Min(RevocationList.MaxSize, MostLearned - LearnedBeside(place))),
            Timeout = TimeSpan.FromMinutes(5),
        };
    }

    /// <summary>Whether the configuration names a place; else servers have.</summary>
    private bool IsNamed(RevocationPlace place) => _bundles.Values.Any(bundle => bundle.Revocation.Lists.Contains(place));

    /// <summary>The bytes that are held of all other places that servers have named.</summary>
    private long LearnedBeside(HeldPlace place) =>
        Urls().Where(other => other != place && !IsNamed(other.Place)).Sum(other => other.State.Lists.Sum(known => (long)known.List.Signed.Length));

    /// <summary>Whether the configuration itself names a URL.</summary>
    private bool IsConfigured(Uri url) => _bundles.Values.Any(bundle =>
        bundle.Revocation.Lists.Any(place => place.IsUrl && new Uri(place.Name) == url)
        || (bundle.Revocation.Ocsp?.Responder is { } responder && new Uri(responder) == url));

    /// <summary>Makes what was read since the last time known: to the judge, to the log and to who has asked for it.</summary>
    private void Tell()
    {
        List<HeldPlace> changed = [], other = [];
        lock (_gate)
        {
            foreach (var (held, _) in _places.Values)
            {
                var state = held.State;
                if (_told.TryGetValue(held, out var before) && before == state) continue;
                TellChange(held, before, state);
                _told[held] = state;
                if (before is not null && before.Lists == state.Lists) continue;
                changed.Add(held);
                if (before is null || !IsSaidAgain(before, state)) other.Add(held);
            }
        }

        var bundles = _bundles.Values.Where(bundle => _published.GetValueOrDefault(bundle.Source.Name)?.Bundle != bundle || bundle.Places.Any(changed.Contains)).ToList();
        var others = bundles.Where(bundle => _published.GetValueOrDefault(bundle.Source.Name)?.Bundle != bundle || bundle.Places.Any(other.Contains)).Select(bundle => bundle.Source.Name).ToValueList();
        if (bundles.Count > 0 || _published.Count != _bundles.Count) Publish(bundles);
        if (others.Count > 0) _changed(others);
    }

    /// <summary>
    /// Whether a place has given new lists that say of every certificate what those before say: the same entries, only with other dates. An
    /// authority makes one every day, and that is no reason to probe a fleet at once.
    /// </summary>
    private bool IsSaidAgain(PlaceState before, PlaceState state)
    {
        var now = time.GetUtcNow();
        return before.Lists.Count == state.Lists.Count && state.Lists.All(list => before.Lists.Any(known =>
            list.List.IsOfSameScope(known.List) && list.List.DeltaBase == known.List.DeltaBase && list.List.Entries.IsSameAs(known.List.Entries)
            && IsInForce(list) && IsInForce(known) && SignersOf(list) == SignersOf(known)));

        bool IsInForce(KnownList known) => known.Problem is null && known.List.NextUpdate >= now && !ListEvidence.IsFromFuture(known.List, now);
    }

    private void TellChange(HeldPlace held, PlaceState? before, PlaceState state)
    {
        var isFirst = held.Place.IsUrl && held.Due == 0 && state.Lists.Count == 0; // it has not been asked yet
        if (state.Problem is { } problem && before?.Problem != problem && !isFirst) _log.Broken(held.Place.Name, problem, state.Lists.Count);
        if (state.Problem is null && before?.Problem is not null && before.Lists == state.Lists) _log.Mended(held.Place.Name);
        foreach (var known in state.Lists)
        {
            if (before?.Lists.Contains(known) is not true) _log.Loaded(held.Place.Name, known.List.IssuerText, known.List.Entries.Count, known.List.ThisUpdate, known.List.NextUpdate);
        }
    }

    private void TellEnded()
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            _ended.RemoveWhere(known => !_places.Values.Any(place => place.Held.State.Lists.Contains(known)));
            foreach (var (held, _) in _places.Values)
            {
                foreach (var known in held.State.Lists)
                {
                    if (known.List.NextUpdate < now && _ended.Add(known)) _log.Ended(held.Place.Name, known.List.IssuerText, known.List.NextUpdate!.Value);
                }
            }
        }
    }

    /// <param name="others">The bundles with other evidence than before.</param>
    private void Publish(List<BundleEvidence> others)
    {
        lock (_gate)
        {
            var known = _published;
            _published = _bundles.ToFrozenDictionary(
                bundle => bundle.Key,
                bundle => !others.Contains(bundle.Value) && known.TryGetValue(bundle.Key, out var same) && same.Bundle == bundle.Value ? same : new(bundle.Value, EvidenceOf(bundle.Value)),
                StringComparer.Ordinal);
        }
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
