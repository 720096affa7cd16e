using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// Evidence from revocation lists (RFC 5280 §6.3). An expired list does not prove that a certificate is good, but an entry in it still proves the
/// revocation, unless it was only on hold, because all other revocations are final.
/// </summary>
/// <param name="lists">All available lists, complete and delta.</param>
internal sealed class ListEvidence(ValueList<KnownList> lists) : IRevocationEvidence
{
    /// <summary>The accepted difference between the clocks of an issuer and of this machine.</summary>
    private static readonly TimeSpan s_leeway = TimeSpan.FromMinutes(5);

    public EvidenceSource Source => EvidenceSource.Crl;

    public RevocationFinding Look(RevocationQuestion question) => Look(question, isSigner: false);

    /// <param name="isSigner">The certificate belongs to the signer of a list: lists of other delegated signers do not count for it.</param>
    private RevocationFinding Look(RevocationQuestion question, bool isSigner)
    {
        var certificate = question.Certificate;
        if (certificate.Rules.SerialNumber.IsEmpty) return RevocationFinding.Unknown("the certificate has no serial number that a list could contain");
        var points = ListScope.PointsOf(certificate);
        List<string> missing = [];
        List<KnownList> usable = [];
        foreach (var known in lists)
        {
            if (!ListScope.IsNamed(known.List, certificate, points)) continue;
            if (Problem(known, question, points, isSigner) is { } problem) missing.Add($"{known.Place} {problem}");
            else usable.Add(known);
        }

        var covered = 0;
        RevocationFinding? good = null;
        foreach (var known in usable)
        {
            if (known.List.DeltaBase is not null || usable.Any(other => known.List.IsOfSameScope(other.List) && known.List.IsOlderThan(other.List))) continue;
            var delta = Delta(known, usable, question.Now);
            var finding = Finding(known, delta, question);
            if (finding.Status != RevocationStatus.Revoked) finding = Ended(known, delta, usable, question) ?? finding;
            if (finding.Status == RevocationStatus.Revoked) return finding;
            if (finding.Missing is { } why) missing.Add(why);
            if (finding.Status != RevocationStatus.Good) continue;
            covered |= ListScope.Reasons(known.List, certificate, points) & DistributionPoint.AllReasons; // the first bit is unused, but some authorities set it
            good = good?.NextUpdate < finding.NextUpdate ? good : finding; // valid until the first of them expires
        }

        if (covered == DistributionPoint.AllReasons) return good!;
        if (covered != 0) missing.Insert(0, $"{good!.Place} covers only some reasons of revocation");
        return RevocationFinding.Unknown(missing.Count == 0 ? $"there is no list of its issuer, {certificate.Issuer.Clip()}" : missing.Some());
    }

    /// <summary>Why a list says nothing about the certificate, as the end of a sentence; null: it does.</summary>
    private string? Problem(KnownList known, RevocationQuestion question, ValueList<DistributionPoint> points, bool isSigner)
    {
        if (known.Problem is { } problem) return problem;
        if (ListScope.Reasons(known.List, question.Certificate, points) == 0) return "covers only other certificates of the issuer (issuing distribution point)";
        if (IsFromFuture(known.List, question.Now)) return $"is from the future ({Times.Iso(known.List.ThisUpdate)})";
        return SignerProblem(known, question, isSigner);
    }

    private string? SignerProblem(KnownList known, RevocationQuestion question, bool isSigner)
    {
        var problem = "is not signed by its issuer, as far as that is known here";
        if (known.List.Issuer == question.Issuer.Rules.Subject)
        {
            if (!known.IsSignedBy(question.Issuer)) problem = $"is not signed by {question.Issuer.Named()}";
            else if (KnownList.MaySign(question.Issuer)) return null;
            else return $"is signed by {question.Issuer.Named()}, whose key usage does not allow it (cRLSign)";
        }

        if (isSigner) return problem;
        foreach (var signer in question.Signers(known.List.Issuer))
        {
            if (!known.IsSignedBy(signer.Certificate)) continue;
            if (!KnownList.MaySign(signer.Certificate)) problem = $"is signed by {signer.Certificate.Named()}, whose key usage does not allow it (cRLSign)";
            else if (signer.Issuer is null) return null;
            else if (Validity.Faults(signer.Certificate, question.Now).FirstOrDefault() is { } fault) problem = $"is signed by a certificate that is not current: {fault.Detail}";
            else
            {
                var finding = Look(new RevocationQuestion(signer.Certificate, signer.Issuer, question.Now), isSigner: true);
                if (finding.Status == RevocationStatus.Good) return null;
                problem = $"is signed by {signer.Certificate.Named()}, " + (finding.Status == RevocationStatus.Revoked ? $"which was revoked according to {finding.Place}" : $"whose revocation status is not known: {finding.Missing}");
            }
        }

        return problem;
    }

    /// <summary>The newest delta list for a complete one (RFC 5280 §5.2.4); null if there is no valid one.</summary>
    private static KnownList? Delta(KnownList complete, List<KnownList> usable, DateTimeOffset now)
    {
        KnownList? newest = null;
        foreach (var delta in usable)
        {
            if (!Continues(delta.List, complete.List) || !(delta.List.NextUpdate >= now)) continue;
            if (newest is null || newest.List.IsOlderThan(delta.List)) newest = delta;
        }

        return newest;
    }

    /// <summary>Whether a list begins later than a difference between the clocks explains. Until then it replaces no other list.</summary>
    public static bool IsFromFuture(RevocationList list, DateTimeOffset now) => list.ThisUpdate > now + s_leeway;

    /// <summary>Whether a delta list contains the changes since the complete one, or since an earlier one.</summary>
    public static bool Continues(RevocationList delta, RevocationList complete) =>
        delta.DeltaBase is { } from && complete is { DeltaBase: null, Number: { } number }
        && delta.Issuer == complete.Issuer && delta.Scope == complete.Scope && delta.AuthorityKeyIdentifier.Span.SequenceEqual(complete.AuthorityKeyIdentifier.Span)
        && number >= from && delta.Number >= number;

    /// <summary>
    /// An expired delta list has no effect, except that a certificate that it has permanently revoked stays revoked until a newer list says
    /// otherwise. Null: this certificate is not revoked.
    /// </summary>
    private static RevocationFinding? Ended(KnownList complete, KnownList? delta, List<KnownList> usable, RevocationQuestion question)
    {
        foreach (var ended in usable)
        {
            if (ended == delta || !Continues(ended.List, complete.List) || (delta is not null && ended.List.IsOlderThan(delta.List))) continue;
            if (Entry(ended.List, question.Certificate) is { IsRemoval: false, IsHold: false }) return Finding(complete, ended, question);
        }

        return null;
    }

    /// <param name="delta">The changes since then; null: there are none.</param>
    private static RevocationFinding Finding(KnownList complete, KnownList? delta, RevocationQuestion question)
    {
        var dates = (delta ?? complete).List;
        var place = delta is null ? complete.Place : $"{complete.Place} and {delta.Place}";
        var entry = (delta is null ? null : Entry(delta.List, question.Certificate)) ?? Entry(complete.List, question.Certificate);
        var finding = new RevocationFinding { Status = RevocationStatus.Unknown, Place = place, ThisUpdate = dates.ThisUpdate, NextUpdate = dates.NextUpdate };
        var isInForce = dates.NextUpdate >= question.Now;
        if (entry is { IsRemoval: false } revoked && (isInForce || !revoked.IsHold))
            return finding with { Status = RevocationStatus.Revoked, RevokedAt = revoked.RevokedAt, Reason = revoked.Reason };
        if (isInForce) return finding with { Status = RevocationStatus.Good };
        return finding with
        {
            Missing = dates.NextUpdate is { } end
                ? $"{place} has expired: it was to be replaced by {Times.Iso(end)}"
                : $"{place} does not say when it expires (nextUpdate)",
        };
    }

    /// <summary>If a list contains a certificate more than once, its most severe entry, and of those the earliest.</summary>
    private static RevokedEntry? Entry(RevocationList list, Certificate certificate)
    {
        RevokedEntry? gravest = null;
        foreach (var entry in list.Entries.Find(certificate.Rules.SerialNumber))
        {
            if ((entry.Issuer ?? list.Issuer) != certificate.Rules.Issuer) continue;
            if (gravest is not { } other || entry.Weight > other.Weight || (entry.Weight == other.Weight && entry.RevokedAt < other.RevokedAt)) gravest = entry;
        }

        return gravest;
    }
}
