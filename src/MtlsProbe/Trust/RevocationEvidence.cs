using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// The known revocation evidence of one trust bundle, at one moment. It was fetched before; using it fetches nothing. Immutable except for a cache of
/// signatures.
/// </summary>
/// <param name="Kinds">In the order of a chain's record.</param>
internal sealed record RevocationEvidence(WhenUnknown WhenUnknown, ValueList<IRevocationEvidence> Kinds);

/// <summary>One kind of evidence: revocation lists, or the answers of OCSP responders. Thread-safe.</summary>
internal interface IRevocationEvidence
{
    EvidenceSource Source { get; }

    /// <summary>What it says of one certificate; unknown, with the reason, where it says nothing.</summary>
    RevocationFinding Look(RevocationQuestion question);
}

/// <summary>The evidence of a trust bundle as it is now; null where the bundle has none.</summary>
/// <param name="trust">The name of the bundle.</param>
internal delegate RevocationEvidence? EvidenceLookup(string trust);

/// <summary>Whether a certificate has been revoked.</summary>
/// <param name="Issuer">It has signed the certificate, and is itself a part of the path to the anchor.</param>
/// <param name="Now">The probe's clock.</param>
internal sealed record RevocationQuestion(Certificate Certificate, Certificate Issuer, DateTimeOffset Now)
{
    /// <summary>
    /// Other allowed signers of evidence, by name: certificates that an anchor, or a certificate of the path, has issued, and anchors. By default
    /// none.
    /// </summary>
    public Func<NameKey, IEnumerable<EvidenceSigner>> Signers { get; init; } = _ => [];
}

/// <summary>An allowed signer of evidence.</summary>
/// <param name="Issuer">The issuer of its certificate; null for an anchor, which cannot be revoked.</param>
internal readonly record struct EvidenceSigner(Certificate Certificate, Certificate? Issuer);

/// <summary>What one kind of evidence says of a certificate.</summary>
internal sealed record RevocationFinding
{
    public required RevocationStatus Status { get; init; }

    /// <summary>The file or URL that says so; null where there is none.</summary>
    public string? Place { get; init; }

    public DateTimeOffset? ThisUpdate { get; init; }

    public DateTimeOffset? NextUpdate { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>As RFC 5280 §5.3.1 spells it; null where none is given.</summary>
    public string? Reason { get; init; }

    /// <summary>For unknown: why, as a sentence without a full stop; otherwise null.</summary>
    public string? Missing { get; init; }

    public static RevocationFinding Unknown(string why) => new() { Status = RevocationStatus.Unknown, Missing = why };
}
