using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>The evidence of one trust bundle: the places that the configuration names, and what the chains of servers taught. Thread-safe.</summary>
/// <param name="configured">In the order of the file.</param>
/// <param name="open">The place of a URL, which other bundles may have as well.</param>
internal sealed class BundleEvidence(TrustSource source, ValueList<HeldPlace> configured, Func<RevocationPlace, HeldPlace> open, TimeProvider time)
{
    /// <summary>Distribution points that servers taught. A fleet has one or two for each issuing authority.</summary>
    public const int MostPoints = 64;

    private const int MostIssuers = 256;
    private const int MostCertificates = 10_000;

    private static readonly TimeSpan s_forgotten = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly BoundedCache<string, ValueList<HeldPlace>> _seen = new(MostCertificates);
    private readonly Dictionary<string, Certificate> _issuers = new(StringComparer.Ordinal);
    private readonly List<HeldPlace> _learned = [];

    public TrustSource Source => source;

    public RevocationSource Revocation => source.Revocation!;

    /// <summary>What OCSP responders have said; null where none may be asked.</summary>
    public OcspAnswers? Ocsp { get; init; }

    /// <summary>More distribution points were named than are kept.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Every place of the bundle.</summary>
    public ValueList<HeldPlace> Places
    {
        get { lock (_gate) return [.. configured, .. _learned.Except(configured)]; }
    }

    /// <summary>The lists of all of them.</summary>
    public ValueList<KnownList> Lists => Places.SelectMany(place => place.State.Lists).ToValueList();

    /// <summary>The certificates of an authority that were seen on the way to an anchor.</summary>
    public IEnumerable<Certificate> IssuersOf(NameKey name)
    {
        lock (_gate) return [.. _issuers.Values.Where(issuer => issuer.Rules.Subject == name)];
    }

    /// <summary>Learns from a path that leads to an anchor.</summary>
    /// <returns>Whether there is a place that was not known before.</returns>
    public bool Learn(ValueList<Certificate> path)
    {
        var isNew = false;
        for (var depth = 0; depth + 1 < path.Count; depth++) isNew |= Learn(path[depth], path[depth + 1]);
        return isNew;
    }

    /// <summary>What others had learned of the bundle stays when the configuration is read anew.</summary>
    public void TakeOver(BundleEvidence before)
    {
        lock (before._gate)
        {
            foreach (var (sha256, issuer) in before._issuers) _issuers.TryAdd(sha256, issuer);
            if (Revocation.FromCertificates && Revocation.Proxy == before.Revocation.Proxy) _learned.AddRange(before._learned);
        }
    }

    private bool Learn(Certificate certificate, Certificate issuer)
    {
        if (_seen.TryGet(certificate.Sha256, out var known))
        {
            foreach (var place in known) place.LastSeen = time.GetTimestamp();
            return false;
        }

        lock (_gate)
        {
            if (_issuers.Count >= MostIssuers) _issuers.Remove(_issuers.Keys.First());
            _issuers[issuer.Sha256] = issuer;
            var before = _learned.Count;
            ValueList<HeldPlace> places = Revocation.FromCertificates ? [.. PointsOf(certificate).Select(Point).OfType<HeldPlace>()] : [];
            _seen.Add(certificate.Sha256, places);
            return _learned.Count > before;
        }
    }

    private static IEnumerable<string> PointsOf(Certificate certificate) =>
        DistributionPoint.Read(certificate.Rules.DistributionPoints, certificate.Rules.IssuerName)
            .SelectMany(point => point.Uris)
            .Where(uri => Uri.TryCreate(uri, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", UserInfo: "", Host.Length: > 0 } && uri.Length <= 2048 && !uri.Any(c => c is <= ' ' or > '~'))
            .Take(DistributionPoint.Most);

    private HeldPlace? Point(string uri)
    {
        var place = new RevocationPlace(uri, IsUrl: true);
        if (_learned.Find(held => held.Place == place) is not { } point)
        {
            _learned.RemoveAll(held => _learned.Count >= MostPoints && time.GetElapsedTime(held.LastSeen) > s_forgotten);
            IsFull = _learned.Count >= MostPoints;
            if (IsFull) return null;
            _learned.Add(point = open(place));
        }

        point.LastSeen = time.GetTimestamp();
        return point;
    }
}
