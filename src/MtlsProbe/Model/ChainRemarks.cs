using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>What is known about few chains, so that the verdicts on the others need no memory for it.</summary>
internal sealed record ChainRemarks
{
    public static readonly ChainRemarks None = new();

    /// <summary>The SPIFFE ID of the leaf; null if it has none, or is not an X509-SVID.</summary>
    public string? SpiffeId { get; init; }

    /// <summary>Whether the target allows it; null if it requires none.</summary>
    public bool? SpiffeIdExpected { get; init; }

    /// <summary>Oddities that are not errors: certificates out of order, sent twice, or not needed.</summary>
    public ValueList<string> Notes { get; init; } = [];

    /// <summary>The names of those notes that have one (<see cref="ChainNotes"/>).</summary>
    public ValueList<string> NoteNames { get; init; } = [];

    /// <summary>
    /// The status of a stapled OCSP response (<c>good</c>, <c>revoked</c>, <c>unknown</c>, <c>invalid</c>); null if none was stapled.
    /// </summary>
    public string? Ocsp { get; init; }

    /// <summary>The period of the stapled response; null if none was stapled with a valid signature.</summary>
    public StaplePeriod? Staple { get; init; }

    /// <summary>
    /// What is known about the revocation of each certificate of the path, by each kind of evidence, leaf first; empty if there is no such evidence.
    /// </summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];
}
