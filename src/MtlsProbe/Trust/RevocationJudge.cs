using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// Checks every certificate of a path to an anchor against the evidence of a trust bundle. The anchor itself is not checked: we chose to trust it,
/// and no one can revoke it (RFC 5280 §6.1).
/// </summary>
internal sealed class RevocationJudge(SignatureCache signatures)
{
    /// <param name="issuerOfLeaf">For a leaf that is itself an anchor: its issuer can still revoke it. Null if it is not available.</param>
    /// <returns>A line for each certificate and kind of evidence, leaf first; none if the path does not lead to an anchor.</returns>
    public ValueList<CertificateRevocation> Of(
        CertificatePath path, Certificate? issuerOfLeaf, ValueList<Certificate> presented, TrustBundle trust, RevocationEvidence evidence, DateTimeOffset now, SearchBounds bounds)
    {
        if (!path.IsAnchored) return [];
        List<CertificateRevocation> lines = [];
        for (var depth = 0; depth < Math.Max(1, path.Certificates.Count - 1); depth++)
        {
            if ((depth + 1 < path.Certificates.Count ? path.Certificates[depth + 1] : issuerOfLeaf) is not { } issuer) break;
            var question = new RevocationQuestion(path.Certificates[depth], issuer, now) { Signers = name => Signers(name, path, presented, trust, bounds) };
            foreach (var kind in evidence.Kinds) lines.Add(Line(depth, question.Certificate, kind.Source, kind.Look(question)));
        }

        return lines.ToValueList();
    }

    public static CertificateRevocation Line(int depth, Certificate certificate, EvidenceSource source, RevocationFinding finding) => new()
    {
        Depth = depth,
        Subject = certificate.Subject.Clip(),
        Serial = certificate.Serial,
        Source = source,
        Status = finding.Status,
        Place = finding.Place,
        ThisUpdate = finding.ThisUpdate,
        NextUpdate = finding.NextUpdate,
        RevokedAt = finding.RevokedAt,
        Reason = finding.Reason,
        Missing = finding.Missing,
    };

    /// <summary>The revocations from lists and responders; one from a stapled response is already a fault.</summary>
    public static IEnumerable<ChainFault> Revoked(CertificatePath path, ValueList<CertificateRevocation> lines)
    {
        foreach (var line in lines)
        {
            if (line is not { Status: RevocationStatus.Revoked, Source: not EvidenceSource.Staple }) continue;
            var certificate = path.Certificates[line.Depth];
            var when = line.RevokedAt is { } time ? $" at {Times.Iso(time)}" : "";
            var why = line.Reason is { } reason ? $" ({reason})" : "";
            var who = line.Source == EvidenceSource.Crl ? "the revocation list" : "the OCSP responder";
            yield return new(Reasons.Revoked, certificate.Subject, $"{certificate.Named()} was revoked{when}{why}, says {who} {line.Place}");
        }
    }

    /// <summary>The certificates of unknown status on a path to an anchor; other paths are not checked for evidence.</summary>
    public static IEnumerable<ChainFault> Unknown(CertificatePath path, ValueList<CertificateRevocation> lines)
    {
        foreach (var (certificate, own) in Unsaid(path, lines))
        {
            var why = own.Select(line => line.Missing).OfType<string>().ToList();
            yield return new(Reasons.RevocationUnknown, certificate.Subject,
                $"there is no evidence whether {certificate.Named()} has been revoked, and the trust bundle requires it (when_unknown: reject): {(why.Count > 0 ? string.Join("; ", why) : "no source of evidence is configured")}");
        }
    }

    private static IEnumerable<(Certificate Certificate, List<CertificateRevocation> Lines)> Unsaid(CertificatePath path, ValueList<CertificateRevocation> lines)
    {
        if (!path.IsAnchored) yield break;
        for (var depth = 0; depth < path.Certificates.Count; depth++)
        {
            if (depth == path.Certificates.Count - 1 && depth > 0) yield break; // the anchor
            var own = lines.Where(line => line.Depth == depth).ToList();
            if (own.TrueForAll(line => line.Status == RevocationStatus.Unknown)) yield return (path.Certificates[depth], own);
        }
    }

    /// <summary>
    /// Certificates with this name that may sign evidence: the anchor of the path, and certificates that one of the path's authorities has issued,
    /// whether presented or an anchor. Another anchor with the same name is another authority: its lists say nothing about this path (RFC 5280 §6.3.3
    /// (f)).
    /// </summary>
    private IEnumerable<EvidenceSigner> Signers(NameKey name, CertificatePath path, ValueList<Certificate> presented, TrustBundle trust, SearchBounds bounds)
    {
        if (path.Last.Rules.Subject == name) yield return new(path.Last, null);
        foreach (var signer in trust.Anchors.Concat(presented.Where(one => !trust.Contains(one))))
        {
            if (signer.Rules.Subject != name || signer == path.Last) continue;
            foreach (var issuer in path.Certificates.Skip(1).Where(signer.HasIssuerName))
            {
                if (bounds.TakeSigner(SignatureCost.Of(issuer)) && signatures.IsSignedBy(signer, issuer))
                {
                    yield return new(signer, trust.Contains(signer) ? null : issuer);
                    break;
                }
            }
        }
    }
}
