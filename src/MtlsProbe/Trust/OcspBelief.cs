using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>Whether a correctly signed OCSP response is valid at a time, stapled or from a responder.</summary>
internal static class OcspBelief
{
    /// <summary>How long a response without nextUpdate is valid after its thisUpdate: otherwise one of any age could be replayed.</summary>
    public static readonly TimeSpan WithoutEnd = TimeSpan.FromDays(1);

    /// <summary>The accepted difference between the clocks of a responder and of this machine.</summary>
    private static readonly TimeSpan s_leeway = TimeSpan.FromMinutes(5);

    /// <summary>When a response expires: its nextUpdate, or a day after its thisUpdate if it has none.</summary>
    public static DateTimeOffset End(OcspStatement statement) =>
        statement.NextUpdate ?? (statement.ThisUpdate < DateTimeOffset.MaxValue - WithoutEnd ? statement.ThisUpdate + WithoutEnd : DateTimeOffset.MaxValue);

    /// <summary>Why it is not valid, as text that follows "the response"; null if it is.</summary>
    public static string? Problem(OcspStatement statement, DateTimeOffset now)
    {
        if (Weakness(statement) is { } weakness) return weakness;
        if (statement.ThisUpdate > now + s_leeway) return $"is from the future ({Times.Iso(statement.ThisUpdate)})";
        if (End(statement) < now - s_leeway)
        {
            return statement.NextUpdate is { } end
                ? $"is out of date: it says {statement.Status.Label()} and was to be replaced by {Times.Iso(end)}"
                : $"has no nextUpdate, and is from {Times.Iso(statement.ThisUpdate)}: it says {statement.Status.Label()}, and is valid for one day only";
        }

        return statement.Delegate is { } responder && Validity.Faults(responder, now).FirstOrDefault() is { } fault
            ? $"is signed by a responder that is not current: {fault.Detail}"
            : null;
    }

    /// <summary>Why its origin can never be proven, as text that follows the same words; null if nothing is weak.</summary>
    public static string? Weakness(OcspStatement statement) =>
        Strength.IsWeakHash(statement.SignatureHash) ? $"is signed with {statement.SignatureHash}, which can be forged"
        : statement.Delegate is not { } responder ? null
        : Strength.IsWeakHash(responder.Rules.SignatureHash) ? $"is signed by a responder whose certificate has a weak signature, made with {responder.Rules.SignatureHash}"
        : Strength.IsWeak(responder.Rules.PublicKey) ? $"is signed by a responder that has a weak key, {responder.Key}"
        : null;

    /// <summary>
    /// Why its signer is not valid, as text that follows the same words; null if it is. A responder whose revocation need not be checked
    /// (id-pkix-ocsp-nocheck) is trusted while its certificate is valid.
    /// </summary>
    /// <param name="issuer">The issuer that has delegated the responder.</param>
    /// <param name="lists">Evidence from lists; null: there are none.</param>
    public static string? RevokedDelegate(OcspStatement statement, Certificate issuer, IRevocationEvidence? lists, DateTimeOffset now) =>
        statement.Delegate is { Rules.OcspNoCheck: false } responder
        && lists?.Look(new RevocationQuestion(responder, issuer, now)) is { Status: RevocationStatus.Revoked } finding
            ? $"is signed by a responder that is revoked itself, says {finding.Place}"
            : null;
}
