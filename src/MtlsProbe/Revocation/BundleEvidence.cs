using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>The evidence of one trust bundle: the places in the configuration, and those learned from the chains of servers. Thread-safe.</summary>
/// <param name="configured">In the order of the file.</param>
/// <param name="open">Returns the place of a URL, which other bundles may use as well.</param>
internal sealed class BundleEvidence(TrustSource source, ValueList<HeldPlace> configured, Func<RevocationPlace, HeldPlace> open, TimeProvider time)
{
    /// <summary>Maximum number of distribution points learned from servers. A fleet has one or two for each issuing authority.</summary>
    public const int MostPoints = 64;

    private const int MostIssuers = 256;
    private const int MostSigners = 64;
    private const int MostCertificates = 10_000;

    private static readonly TimeSpan s_forgotten = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly BoundedCache<string, ValueList<RevocationPlace>> _seen = new(MostCertificates);
    private readonly Dictionary<string, (Certificate Certificate, long LastSeen)> _issuers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ListSigner> _signers = new(StringComparer.Ordinal);
    private readonly List<HeldPlace> _learned = [];

    public TrustSource Source => source;

    public RevocationSource Revocation => source.Revocation!;

    /// <summary>Answers of OCSP responders; null if none may be asked.</summary>
    public OcspAnswers? Ocsp { get; init; }

    /// <summary>A certificate of unknown status is a fault, and the first attempt to get some of the evidence is still in progress.</summary>
    public bool IsAwaited => Revocation.WhenUnknown == WhenUnknown.Reject && (Places.Any(place => !place.IsSettled) || Ocsp is { IsAwaited: true });

    /// <summary>More distribution points were named than are kept.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Every place of the bundle.</summary>
    public ValueList<HeldPlace> Places
    {
        get { lock (_gate) return [.. configured, .. _learned.Except(configured)]; }
    }

    /// <summary>The lists of all places.</summary>
    public ValueList<KnownList> Lists => Places.SelectMany(place => place.State.Lists).ToValueList();

    /// <summary>The known certificates with this name that were seen on a path to an anchor.</summary>
    public IEnumerable<Certificate> IssuersOf(NameKey name)
    {
        lock (_gate) return [.. _issuers.Values.Select(issuer => issuer.Certificate).Where(issuer => issuer.Rules.Subject == name)];
    }

    /// <summary>Certificates that only sign lists, as presented by servers, by their name.</summary>
    public IReadOnlyList<ListSigner> SignersOf(NameKey name)
    {
        lock (_gate) return [.. _signers.Values.Where(signer => signer.Certificate.Rules.Subject == name)];
    }

    /// <summary>
    /// Learns further signers of lists, for the lists held here and for those of the authorities of a path to an anchor: certificates that were
    /// presented outside that path and issued by one of those authorities. The chain judge accepts their lists, so the lists are shown as signed.
    /// </summary>
    public void LearnSigners(IEnumerable<Certificate> presented, ValueList<Certificate> path, SignatureCache signatures)
    {
        var beside = presented.Take(SearchBounds.MaxPresented).Where(one => !path.Contains(one)).ToList();
        if (beside.Count == 0) return;
        var named = Lists.Select(known => known.List.Issuer).Concat(path.Skip(1).Select(authority => authority.Rules.Subject)).ToHashSet();
        foreach (var certificate in beside.Where(one => named.Contains(one.Rules.Subject)))
        {
            lock (_gate)
            {
                if (_signers.ContainsKey(certificate.Sha256)) continue;
            }

            if (path.Skip(1).FirstOrDefault(issuer => certificate.HasIssuerName(issuer) && signatures.IsSignedBy(certificate, issuer)) is not { } authority) continue;
            lock (_gate)
            {
                if (_signers.Count >= MostSigners) _signers.Clear(); // those that are in use are presented again
                _signers[certificate.Sha256] = new(certificate, authority);
            }
        }
    }

    /// <summary>
    /// The places of delta lists, from complete lists that a known issuer has signed. The first check of a signature takes as long as hashing the
    /// list: do not call this under a lock.
    /// </summary>
    public ValueList<RevocationPlace> DeltaPlaces(KnownIssuers issuers) => !Revocation.FromCertificates ? [] : Lists
        .Where(known => known is { Problem: null, List: { DeltaPoints.IsEmpty: false, DeltaBase: null } })
        .Where(known => issuers.Of(known.List.Issuer, this).Any(issuer => KnownList.MaySign(issuer) && known.IsSignedBy(issuer)))
        .SelectMany(known => UrisOf(known.List.DeltaPoints, known.List.IssuerName), (_, uri) => new RevocationPlace(uri, IsUrl: true))
        .ToValueList();

    /// <returns>Whether there is a new place.</returns>
    public bool Open(ValueList<RevocationPlace> places)
    {
        var isNew = false;
        foreach (var place in places) isNew |= Point(place);
        return isNew;
    }

    /// <summary>Learns the issuers of a path that leads to an anchor.</summary>
    public void Meet(ValueList<Certificate> path)
    {
        foreach (var issuer in path.Skip(1)) Meet(issuer);
    }

    /// <summary>Whether a path that leads to an anchor contains nothing new. Records that its certificates were seen.</summary>
    public bool Knows(ValueList<Certificate> path)
    {
        var isKnown = true;
        foreach (var (certificate, issuer) in Pairs(path)) isKnown &= Knows(certificate, issuer);
        return isKnown;
    }

    /// <summary>Learns from a path that leads to an anchor, whose issuers have been seen.</summary>
    /// <returns>Whether there is a new place.</returns>
    public bool Learn(ValueList<Certificate> path)
    {
        var isNew = false;
        foreach (var (certificate, issuer) in Pairs(path))
        {
            if (!Knows(certificate, issuer)) isNew |= Learn(certificate);
        }

        return isNew;
    }

    /// <summary>Keeps what was learned about the bundle when the configuration is reloaded.</summary>
    public void TakeOver(BundleEvidence before)
    {
        lock (before._gate)
        {
            foreach (var (sha256, issuer) in before._issuers) _issuers.TryAdd(sha256, issuer);
            foreach (var (sha256, signer) in before._signers) _signers.TryAdd(sha256, signer);
            if (Revocation.FromCertificates && Revocation.Proxy == before.Revocation.Proxy) _learned.AddRange(before._learned);
        }
    }

    /// <summary>
    /// Each certificate that can be revoked, with its issuer: all except the anchor, and except a leaf that is itself an anchor and whose issuer is
    /// not available.
    /// </summary>
    private static IEnumerable<(Certificate Certificate, Certificate? Issuer)> Pairs(ValueList<Certificate> path)
    {
        for (var depth = 0; depth < Math.Max(1, path.Count - 1); depth++) yield return (path[depth], depth + 1 < path.Count ? path[depth + 1] : null);
    }

    private bool Knows(Certificate certificate, Certificate? issuer)
    {
        lock (_gate)
        {
            if (issuer is not null && !_issuers.ContainsKey(issuer.Sha256)) return false;
            if (issuer is not null) _issuers[issuer.Sha256] = (issuer, time.GetTimestamp());
            if (!_seen.TryGet(certificate.Sha256, out var places)) return false;
            var isKnown = true;
            foreach (var place in places) isKnown &= Learned(place) is not null; // a place may have found no room, or have displaced another
            return isKnown;
        }
    }

    private bool Learn(Certificate certificate)
    {
        ValueList<RevocationPlace> places = Revocation.FromCertificates ? [.. PointsOf(certificate).Select(uri => new RevocationPlace(uri, IsUrl: true))] : [];
        _seen.Add(certificate.Sha256, places);
        return Open(places);
    }

    private void Meet(Certificate issuer)
    {
        lock (_gate)
        {
            if (_issuers.Count >= MostIssuers && !_issuers.ContainsKey(issuer.Sha256)) _issuers.Remove(_issuers.MinBy(known => known.Value.LastSeen).Key);
            _issuers[issuer.Sha256] = (issuer, time.GetTimestamp());
        }
    }

    private static IEnumerable<string> PointsOf(Certificate certificate) =>
        UrisOf(certificate.Rules.DistributionPoints, certificate.Rules.IssuerName).Concat(UrisOf(certificate.Rules.DeltaPoints, certificate.Rules.IssuerName));

    /// <param name="points">The value of the extension.</param>
    private static IEnumerable<string> UrisOf(ReadOnlyMemory<byte> points, ReadOnlyMemory<byte> issuer) =>
        DistributionPoint.Read(points, issuer)
            .SelectMany(point => point.Uris)
            .Where(uri => Uri.TryCreate(uri, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", UserInfo: "", Host.Length: > 0 } && uri.Length <= 2048 && !uri.Any(c => c is <= ' ' or > '~'))
            .Take(DistributionPoint.Most);

    /// <summary>Whether the place is new, and there is room for it.</summary>
    private bool Point(RevocationPlace place)
    {
        lock (_gate)
        {
            if (Learned(place) is not null) return false;
            if (_learned.Count >= MostPoints) _learned.RemoveAll(held => time.GetElapsedTime(held.LastSeen) > s_forgotten);
            IsFull = _learned.Count >= MostPoints;
            if (IsFull) return false;
        }

        var point = open(place); // not under the lock: the opener has its own lock, under which it reads the places of bundles
        lock (_gate)
        {
            if (Learned(place) is not null) return false;
            point.LastSeen = time.GetTimestamp();
            _learned.Add(point);
            return true;
        }
    }

    /// <summary>Null if the place was not learned. Records that it was seen.</summary>
    private HeldPlace? Learned(RevocationPlace place)
    {
        if (_learned.Find(held => held.Place == place) is not { } known) return null;
        known.LastSeen = time.GetTimestamp();
        return known;
    }
}

/// <summary>A certificate that signs lists on behalf of an authority.</summary>
/// <param name="Issuer">The authority that issued it, which is on the path to an anchor.</param>
internal sealed record ListSigner(Certificate Certificate, Certificate Issuer);
