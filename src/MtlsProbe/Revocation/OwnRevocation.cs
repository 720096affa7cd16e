using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// The known revocation of our own credentials. Each bundle with evidence whose anchors the credential's chain leads to is checked, even if no target
/// uses it: a client CA often issues no server certificates. Nothing is fetched here. Thread-safe.
/// </summary>
/// <param name="bundles">The bundles that have evidence, with their anchors.</param>
/// <param name="learn">Called with the path of a credential to an anchor, and the bundle's name; null: not used.</param>
internal sealed class OwnRevocation(
    Func<IEnumerable<(TrustBundle Trust, RevocationEvidence Evidence)>> bundles, TimeProvider time, Action<string, ValueList<Certificate>>? learn = null)
{
    /// <summary>Maximum number of revoked leaves whose first evidence is kept.</summary>
    private const int MostRemembered = 1000;

    private readonly SignatureCache _signatures = new();
    private readonly BoundedCache<string, DateTimeOffset> _since = new(MostRemembered);

    /// <summary>The current findings for one credential.</summary>
    /// <param name="chain">Leaf first, as sent.</param>
    public OwnFindings Of(ValueList<Certificate> chain)
    {
        if (chain.Count == 0) return OwnFindings.None;
        var now = time.GetUtcNow();
        List<CertificateRevocation> lines = [];
        foreach (var (trust, evidence) in bundles())
        {
            foreach (var line in Lines(chain, trust, evidence, now))
            {
                var at = lines.FindIndex(other => other.Depth == line.Depth && other.Source == line.Source);
                if (at < 0) lines.Add(line);
                else if (Weight(line) > Weight(lines[at])) lines[at] = line;
            }
        }

        var found = lines.OrderBy(line => line.Depth).ThenBy(line => line.Source).ToValueList();
        return new OwnFindings(found, found.Any(line => line.Status == RevocationStatus.Revoked) ? Since(chain[0], found, now) : null);
    }

    private ValueList<CertificateRevocation> Lines(ValueList<Certificate> chain, TrustBundle trust, RevocationEvidence evidence, DateTimeOffset now)
    {
        var bounds = new SearchBounds();
        CertificatePath? anchored = null;
        new PathSearch(chain, trust, _signatures, bounds).Run(path =>
        {
            if (path.End == PathEnd.Anchor && path.Unsigned.Count == 0) anchored = path;
            return anchored is not null;
        });
        if (anchored is not null) learn?.Invoke(trust.Name, anchored.Certificates);
        return anchored is null ? [] : new RevocationJudge(_signatures).Of(anchored, null, chain, trust, evidence, now, bounds);
    }

    /// <summary>
    /// When the first evidence that this process saw was issued; a later list does not change it. After a restart it is the evidence that exists
    /// then.
    /// </summary>
    private DateTimeOffset Since(Certificate leaf, ValueList<CertificateRevocation> lines, DateTimeOffset now)
    {
        if (_since.TryGet(leaf.Sha256, out var known)) return known;
        var first = lines.Where(line => line.Status == RevocationStatus.Revoked).Min(line => line.ThisUpdate) ?? now;
        _since.Add(leaf.Sha256, first);
        return first;
    }

    private static int Weight(CertificateRevocation line) => line.Status switch { RevocationStatus.Revoked => 2, RevocationStatus.Good => 1, _ => 0 };
}

/// <summary>The revocation of a credential.</summary>
/// <param name="Lines">For each of its certificates and kind of evidence, leaf first; none if no bundle has evidence.</param>
/// <param name="Since">When the first evidence of its revocation was issued; null if it is not known to be revoked.</param>
internal sealed record OwnFindings(ValueList<CertificateRevocation> Lines, DateTimeOffset? Since)
{
    public static OwnFindings None { get; } = new([], null);

    /// <summary>The line that says so; null if none does.</summary>
    public CertificateRevocation? Revoked => Lines.FirstOrDefault(line => line.Status == RevocationStatus.Revoked);
}
