using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.OpenSsl;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// The issuers that this process knows: those that targets presented after their leaves, and those in the files of the configuration. Thread-safe.
/// What servers present is hostile: the last few issuers of each target are kept, and if all together cost too much, the target that costs most loses
/// its oldest.
/// </summary>
/// <param name="most">The limit for the issuers of all targets, in bytes; null: that of <see cref="PeerMemory"/>.</param>
internal sealed class IssuersSeen(MaterialStore materials, long? most = null)
{
    /// <summary>Maximum issuers of one target; real chains have one to three.</summary>
    public const int MostPerTarget = 16;

    /// <summary>Maximum with the same name: a target has one, or two while it is renewed. No target can hide the issuers that others present.</summary>
    private const int MostOfOneName = 2;

    /// <summary>Maximum octets of one certificate; an intermediate has one to two thousand.</summary>
    public const int MaxCertificate = 16_384;

    private readonly long _most = most ?? PeerMemory.OfIssuers;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Own> _byTarget = new(StringComparer.Ordinal);
    private readonly Dictionary<NameKey, List<KnownIssuer>> _byName = [];
    private long _cost;
    private bool _hasNews;

    /// <summary>The number of certificates from targets.</summary>
    public int Count
    {
        get { lock (_gate) return _byTarget.Values.Sum(own => own.Issuers.Count); }
    }

    /// <summary>The cost of the certificates from targets, in bytes.</summary>
    public long Cost
    {
        get { lock (_gate) return _cost; }
    }

    /// <summary>An <see cref="IssuerLookup"/>. Those that a server has presented come first, because they show that it is possible to send them.</summary>
    public IEnumerable<KnownIssuer> Of(Certificate certificate, TrustBundle trust)
    {
        KnownIssuer[] seen;
        lock (_gate) seen = _byName.TryGetValue(certificate.Rules.Issuer, out var issuers) ? [.. issuers] : [];
        var shared = seen.GroupBy(issuer => issuer.Place).SelectMany(ofTarget => ofTarget.TakeLast(MostOfOneName));
        return shared.Concat(materials.IssuersOf(certificate, trust.Name));
    }

    /// <summary>Keeps the authorities among what a target presented after its leaf.</summary>
    public void Learn(string target, ValueList<Certificate> presented)
    {
        if (presented.Count < 2) return;
        presented = presented.Take(SearchBounds.MaxPresented).ToValueList(); // the number that the chain judge examines
        lock (_gate)
        {
            foreach (var issuer in presented.Skip(1).Where(MayIssue).Take(MostPerTarget)) Learn(target, issuer);
        }
    }

    /// <summary>Forgets what removed targets presented.</summary>
    /// <param name="isTarget">Whether there is a target with this name.</param>
    public void KeepOnly(Func<string, bool> isTarget)
    {
        lock (_gate)
        {
            foreach (var gone in _byTarget.Keys.Where(target => !isTarget(target)).ToList())
            {
                while (_byTarget.TryGetValue(gone, out var own)) Forget(gone, own);
            }
        }
    }

    /// <summary>Whether a known issuer has signed this certificate.</summary>
    public bool KnowsIssuerOf(Certificate certificate, TrustBundle trust) =>
        Of(certificate, trust).Take(MostPerTarget).Any(known => CertificateSignature.IsSignedBy(certificate.Der.Span, known.Certificate.Der.Span));

    /// <summary>Whether something has been learned since the last call.</summary>
    public bool TakeNews()
    {
        lock (_gate)
        {
            var news = _hasNews;
            _hasNews = false;
            return news;
        }
    }

    private static bool MayIssue(Certificate certificate) =>
        certificate.Rules is { IsCertificateAuthority: true } or { Version: < 3 } && certificate.Der.Length <= MaxCertificate;

    private void Learn(string target, Certificate issuer)
    {
        if (_byName.TryGetValue(issuer.Rules.Subject, out var named) && named.Exists(known => known.Certificate == issuer)) return;
        if (!_byTarget.TryGetValue(target, out var own)) _byTarget[target] = own = new Own();
        if (own.Issuers.Count == MostPerTarget) ForgetOldest(own);
        own.Issuers.Enqueue(issuer);
        if (!_byName.TryGetValue(issuer.Rules.Subject, out named)) _byName[issuer.Rules.Subject] = named = []; // the oldest may have been its last
        named.Add(new KnownIssuer(issuer, $"presented by the target {target}"));
        Charge(own, CertificateCost.Of(issuer));
        _hasNews = true;
        while (_cost > _most)
        {
            var (stranger, its) = _byTarget.MaxBy(entry => entry.Value.Cost);
            Forget(stranger, its);
        }
    }

    /// <summary>Drops the oldest issuer of a target, and the target with its last.</summary>
    private void Forget(string target, Own own)
    {
        ForgetOldest(own);
        if (own.Issuers.Count == 0) _byTarget.Remove(target);
    }

    private void ForgetOldest(Own own)
    {
        var issuer = own.Issuers.Dequeue();
        var named = _byName[issuer.Rules.Subject];
        named.RemoveAll(known => known.Certificate == issuer);
        if (named.Count == 0) _byName.Remove(issuer.Rules.Subject);
        Charge(own, -CertificateCost.Of(issuer));
    }

    private void Charge(Own own, int cost)
    {
        own.Cost += cost;
        _cost += cost;
    }

    /// <summary>What one target has presented, the oldest first.</summary>
    private sealed class Own
    {
        public Queue<Certificate> Issuers { get; } = [];

        public long Cost { get; set; }
    }
}
