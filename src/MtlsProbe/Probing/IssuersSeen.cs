using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.OpenSsl;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// The issuers that this process knows: what the targets presented after their leaves, and the files of the configuration. Thread-safe.
/// What servers present is hostile: of each target the last few are kept, and of all together so many octets.
/// </summary>
internal sealed class IssuersSeen(MaterialStore materials)
{
    /// <summary>Real chains have one to three.</summary>
    public const int MostPerTarget = 16;

    /// <summary>Of one name a target has one, or two while it is renewed: no target hides the issuers that others present.</summary>
    private const int MostOfOneName = 2;

    /// <summary>Octets of one certificate; an intermediate has one to two thousand.</summary>
    public const int MaxCertificate = 16_384;

    private const long MaxBytes = 16 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Certificate>> _byTarget = new(StringComparer.Ordinal);
    private readonly Dictionary<NameKey, List<KnownIssuer>> _byName = [];
    private long _bytes;
    private bool _hasNews;

    /// <summary>How many certificates of targets are held.</summary>
    public int Count
    {
        get { lock (_gate) return _byTarget.Values.Sum(issuers => issuers.Count); }
    }

    /// <summary>As an <see cref="IssuerLookup"/>: those that a server has presented first, since they show that it can be done.</summary>
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
        presented = presented.Take(SearchBounds.MaxPresented).ToValueList(); // what the judge of chains looks at
        lock (_gate)
        {
            foreach (var issuer in presented.Skip(1).Where(MayIssue).Take(MostPerTarget)) Learn(target, issuer);
        }
    }

    /// <summary>Forgets what targets presented that are no more.</summary>
    /// <param name="isTarget">Whether there is a target of this name.</param>
    public void KeepOnly(Func<string, bool> isTarget)
    {
        lock (_gate)
        {
            foreach (var gone in _byTarget.Keys.Where(target => !isTarget(target)).ToList())
            {
                foreach (var issuer in _byTarget[gone].ToList()) Forget(_byTarget[gone], issuer);
                _byTarget.Remove(gone);
            }
        }
    }

    /// <summary>Whether an issuer that is known has signed this certificate.</summary>
    public bool KnowsIssuerOf(Certificate certificate, TrustBundle trust) =>
        Of(certificate, trust).Take(MostPerTarget).Any(known => CertificateSignature.IsSignedBy(certificate.Der.Span, known.Certificate.Der.Span));

    /// <summary>Whether something has been learned since this was last asked.</summary>
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
        if (_bytes + issuer.Der.Length > MaxBytes)
        {
            _byTarget.Clear();
            _byName.Clear();
            _bytes = 0;
        }

        if (!_byTarget.TryGetValue(target, out var own)) _byTarget[target] = own = [];
        if (own.Count == MostPerTarget) Forget(own, own[0]);
        own.Add(issuer);
        if (!_byName.TryGetValue(issuer.Rules.Subject, out named)) _byName[issuer.Rules.Subject] = named = [];
        named.Add(new KnownIssuer(issuer, $"presented by the target {target}"));
        _bytes += issuer.Der.Length;
        _hasNews = true;
    }

    private void Forget(List<Certificate> own, Certificate issuer)
    {
        own.Remove(issuer);
        var named = _byName[issuer.Rules.Subject];
        named.RemoveAll(known => known.Certificate == issuer);
        if (named.Count == 0) _byName.Remove(issuer.Rules.Subject);
        _bytes -= issuer.Der.Length;
    }
}
