using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// Judges a server's chain from what it presented, the trust bundle, the evidence of revocation that has been fetched before, and the clock alone: no
/// machine stores, no downloads (RFC 5280 §6, RFC 9525). Reports every fault, not only the first. Thread-safe.
/// </summary>
internal sealed class ChainJudge
{
    private readonly StapledOcsp _ocsp = new();
    private readonly MissingIssuer _missing;
    private readonly RevocationJudge _revocation;
    private readonly EvidenceLookup _evidence;

    /// <param name="known">
    /// Issuers known from elsewhere. They make no chain valid, but they distinguish an intermediate that the server omits from a root that we do not
    /// have. Null: none are known.
    /// </param>
    /// <param name="evidence">Fetched evidence of revocation; null: only stapled responses are used.</param>
    public ChainJudge(IssuerLookup? known = null, EvidenceLookup? evidence = null)
    {
        _missing = new MissingIssuer(known, Signatures);
        _revocation = new RevocationJudge(Signatures);
        _evidence = evidence ?? (_ => null);
    }

    /// <summary>The verified signatures, shared with other path searches among the same certificates.</summary>
    public SignatureCache Signatures { get; } = new();

    /// <param name="presented">As the server sent them, leaf first.</param>
    /// <param name="trust">Any of its certificates is an anchor.</param>
    /// <param name="server">The subject that the leaf must be for.</param>
    /// <param name="now">The clock of the probe.</param>
    /// <param name="stapledOcsp">DER of the stapled OCSP response; empty if there was none.</param>
    public ChainVerdict Judge(
        IReadOnlyList<Certificate> presented, TrustBundle trust, ServerReference server, DateTimeOffset now, ReadOnlyMemory<byte> stapledOcsp)
    {
        if (presented.Count == 0)
            return new ChainVerdict { Faults = [new ChainFault(Reasons.IncompleteChain, null, "the server presented no certificate")] };

        var distinct = Distinct(presented);
        var bounds = new SearchBounds();
        CertificatePath? best = null;
        List<ChainFault> faults = [];
        ValueList<CertificateRevocation> revocation = [];
        var evidence = _evidence(trust.Name);
        var lists = evidence?.Kinds.FirstOrDefault(kind => kind.Source == EvidenceSource.Crl);
        var isDemanded = evidence is { WhenUnknown: WhenUnknown.Reject };
        new PathSearch(distinct, trust, Signatures, bounds).Run(path =>
        {
            var (found, lines) = Look(path, distinct, trust, evidence, now, bounds);
            if (isDemanded && found.TrueForAll(fault => fault.Error != Reasons.Revoked)) found.AddRange(RevocationJudge.Unknown(path, [.. Stapled(path).Line, .. lines]));
            if (best is null || IsBetter(path, found, best, faults)) (best, faults, revocation) = (path, found, lines);
            return found.Count == 0;
        });

        var (id, noId) = X509Svid.Read(presented[0]);
        faults.AddRange(WrongServer.Faults(presented[0], id, noId, server));
        var (staple, line) = Stapled(best!);
        if (staple.Fault is { } revoked)
        {
            faults.RemoveAll(fault => fault.Error == Reasons.RevocationUnknown); // a revoked certificate does not lack evidence
            faults.Add(revoked);
        }

        revocation = [.. line, .. revocation];
        var notes = PresentedNotes.Of(presented, best!, bounds);
        if (staple.Note is { } note) notes.Add(note);
        return new ChainVerdict
        {
            Faults = FaultOrder.Sort(faults),
            SpiffeId = id?.ToString(),
            SpiffeIdExpected = server.Id is { } wanted ? id is not null && wanted.Is(id) : null,
            Notes = notes.ToValueList(),
            NoteNames = staple.NoteName is { } name ? [name] : [],
            Ocsp = staple.Status,
            Staple = staple.Period,
            Path = best!.Certificates,
            Revocation = revocation,
        };

        (StapledVerdict Verdict, ValueList<CertificateRevocation> Line) Stapled(CertificatePath path)
        {
            var verdict = _ocsp.Judge(stapledOcsp, presented[0], stapledOcsp.IsEmpty ? null : IssuerOfLeaf(path, distinct, trust, bounds), now, path.IsAnchored, lists);
            return (verdict, verdict.Finding is { } finding ? [RevocationJudge.Line(0, presented[0], EvidenceSource.Staple, finding)] : []);
        }
    }

    /// <summary>
    /// A path to an anchor takes precedence over any other, even with a revoked certificate on it: the presenter of the chain controls the others.
    /// </summary>
    private static bool IsBetter(CertificatePath path, List<ChainFault> faults, CertificatePath than, List<ChainFault> others) =>
        path.IsAnchored != than.IsAnchored ? path.IsAnchored : FaultOrder.IsLess(faults, others);

    /// <summary>
    /// Every path that has no fault, except possibly in its dates. They are found in the same order and within the same limits as by
    /// <see cref="Judge"/>, which stops at the first path that is good now.
    /// </summary>
    public SoundPaths Sound(IReadOnlyList<Certificate> presented, TrustBundle trust, DateTimeOffset now)
    {
        if (presented.Count == 0) return new SoundPaths([], IsRevocationDemanded: false);
        var (distinct, bounds, evidence) = (Distinct(presented), new SearchBounds(), _evidence(trust.Name));
        List<SoundPath> sound = [];
        new PathSearch(distinct, trust, Signatures, bounds).Run(path =>
        {
            var (found, lines) = Look(path, distinct, trust, evidence, now, bounds);
            if (found.TrueForAll(fault => fault.Error == Reasons.Expired || fault.Error == Reasons.NotYetValid)) sound.Add(new SoundPath(path, lines));
            return false;
        });
        return new SoundPaths(sound, evidence is { WhenUnknown: WhenUnknown.Reject });
    }

    private static ValueList<Certificate> Distinct(IReadOnlyList<Certificate> presented) =>
        presented.Take(SearchBounds.MaxPresented).DistinctBy(certificate => certificate.Sha256).ToValueList();

    /// <summary>The faults of one path, and what is known about its revocation.</summary>
    private (List<ChainFault> Faults, ValueList<CertificateRevocation> Revocation) Look(
        CertificatePath path, ValueList<Certificate> distinct, TrustBundle trust, RevocationEvidence? evidence, DateTimeOffset now, SearchBounds bounds)
    {
        var found = PathFaults.Of(path, distinct, trust, now, bounds, _missing);
        if (evidence is null) return (found, []);
        var issuer = path is { End: PathEnd.Anchor, Certificates.Count: 1 } ? IssuerOfLeaf(path, distinct, trust, bounds) : null;
        var lines = _revocation.Of(path, issuer, distinct, trust, evidence, now, bounds);
        found.AddRange(RevocationJudge.Revoked(path, lines));
        return (found, lines);
    }

    /// <summary>Null if it is not available. A leaf that is an anchor ends its path, but its issuer can still revoke it.</summary>
    private Certificate? IssuerOfLeaf(CertificatePath path, ValueList<Certificate> presented, TrustBundle trust, SearchBounds bounds)
    {
        if (path.Certificates.Count > 1) return path.Unsigned.Contains(0) ? null : path.Certificates[1];
        return trust.IssuersOf(path.Leaf)
            .Concat(presented.Where(path.Leaf.HasIssuerName))
            .FirstOrDefault(candidate => bounds.TakeSignature(1) && Signatures.IsSignedBy(path.Leaf, candidate));
    }
}
