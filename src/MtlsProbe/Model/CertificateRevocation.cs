using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>What one kind of evidence says about one certificate of a path: a line of the chain's record.</summary>
internal sealed record CertificateRevocation
{
    /// <summary>Depth in the path: 0 is the leaf.</summary>
    public required int Depth { get; init; }

    public required string Subject { get; init; }

    public required string Serial { get; init; }

    public required EvidenceSource Source { get; init; }

    public required RevocationStatus Status { get; init; }

    /// <summary>The file or URL that it was read from; null if there was none, or if it was stapled.</summary>
    public string? Place { get; init; }

    /// <summary>The start of the period for which the evidence is valid.</summary>
    public DateTimeOffset? ThisUpdate { get; init; }

    /// <summary>The end of that period; null if the evidence does not state it.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>CRLReason (RFC 5280 §5.3.1): <c>keyCompromise</c> …; null if none is given.</summary>
    public string? Reason { get; init; }

    /// <summary>Why nothing is known, as a sentence; null if something is known.</summary>
    public string? Missing { get; init; }
}

/// <summary>What is known about the revocation of a certificate. Unknown never counts as good.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RevocationStatus>))]
internal enum RevocationStatus
{
    Good,
    Revoked,
    Unknown,
}

/// <summary>The kinds of evidence.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<EvidenceSource>))]
internal enum EvidenceSource
{
    /// <summary>The OCSP response that the server sent with its certificate.</summary>
    Staple,

    /// <summary>A certificate revocation list.</summary>
    Crl,

    /// <summary>A response from an OCSP responder that we asked.</summary>
    Ocsp,
}
