using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>What one kind of evidence says of one certificate of a path: a line of the chain's record.</summary>
internal sealed record CertificateRevocation
{
    /// <summary>Depth in the path: 0 is the leaf.</summary>
    public required int Depth { get; init; }

    public required string Subject { get; init; }

    public required string Serial { get; init; }

    public required EvidenceSource Source { get; init; }

    public required RevocationStatus Status { get; init; }

    /// <summary>The file or URL that it was read from; null where there was none, and for what was stapled.</summary>
    public string? Place { get; init; }

    /// <summary>Since when the evidence holds.</summary>
    public DateTimeOffset? ThisUpdate { get; init; }

    /// <summary>Until when it holds; null where it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>CRLReason (RFC 5280 §5.3.1): <c>keyCompromise</c> …; null where none is given.</summary>
    public string? Reason { get; init; }

    /// <summary>Why nothing is known, in a sentence; null where something is.</summary>
    public string? Missing { get; init; }
}

/// <summary>What is known of a certificate. Unknown is never good.</summary>
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

    /// <summary>A response that an OCSP responder gave us.</summary>
    Ocsp,
}
