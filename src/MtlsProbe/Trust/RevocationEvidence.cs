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

/// <summary>One kind of evidence: revocation lists, or the responses of OCSP responders. Thread-safe.</summary>
internal interface IRevocationEvidence
{
    EvidenceSource Source { get; }

    /// <summary>What it says about one certificate; unknown, with the reason, if it says nothing.</summary>
    RevocationFinding Look(RevocationQuestion question);
}

/// <summary>The current evidence of a trust bundle; null if the bundle has none.</summary>
/// <param name="trust">The name of the bundle.</param>
internal delegate RevocationEvidence? EvidenceLookup(string trust);

/// <summary>The question whether a certificate has been revoked.</summary>
/// <param name="Issuer">The certificate that signed it, which is itself part of the path to the anchor.</param>
/// <param name="Now">The clock of the probe.</param>
internal sealed record RevocationQuestion(Certificate Certificate, Certificate Issuer, DateTimeOffset Now)
{
    /// <summary>
    /// Other allowed signers of evidence, by name: anchors, and certificates issued by an anchor or by a certificate of the path. By default none.
    /// </summary>
    public Func<NameKey, IEnumerable<EvidenceSigner>> Signers { get; init; } = _ => [];
}

/// <summary>An allowed signer of evidence.</summary>
/// <param name="Issuer">The issuer of its certificate; null for an anchor, which cannot be revoked.</param>
internal readonly record struct EvidenceSigner(Certificate Certificate, Certificate? Issuer);

/// <summary>What one kind of evidence says about a certificate.</summary>
internal sealed record RevocationFinding
{
    public required RevocationStatus Status { get; init; }

    /// <summary>The file or URL of the evidence; null if there is none.</summary>
    public string? Place { get; init; }

    public DateTimeOffset? ThisUpdate { get; init; }

    public DateTimeOffset? NextUpdate { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>In the spelling of RFC 5280 §5.3.1; null if none is given.</summary>
    public string? Reason { get; init; }

    /// <summary>For unknown: the cause, as a sentence without a full stop; otherwise null.</summary>
    public string? Missing { get; init; }

    public static RevocationFinding Unknown(string why) => new() { Status = RevocationStatus.Unknown, Missing = why };
}
