using MtlsProbe.Certificates;

namespace MtlsProbe.OpenSsl;

/// <summary>What an OCSP response says about one certificate (RFC 6960 §4.2.1), once its signature is verified.</summary>
internal sealed record OcspStatement
{
    public required OcspStatus Status { get; init; }

    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>Null: newer information is always available.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary><c>keyCompromise</c>, <c>superseded</c> …; null where none is given.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// As <see cref="Certificates.SignatureHash"/> names it: the hash of the response's signature; null if the algorithm has no separate hash.
    /// </summary>
    public string? SignatureHash { get; init; }

    /// <summary>
    /// The responder that the issuer has delegated; null if the issuer itself signed. The caller checks its validity with its own clock; it is kept
    /// without its bytes.
    /// </summary>
    public Certificate? Delegate { get; init; }
}

/// <summary>RFC 6960 §2.2; the numbers are libcrypto's.</summary>
internal enum OcspStatus
{
    Good = 0,
    Revoked = 1,
    Unknown = 2,
}

/// <summary>Why a responder makes no statement (OCSPResponseStatus of RFC 6960 §4.2.1).</summary>
internal enum OcspError
{
    None = 0,
    MalformedRequest = 1,
    InternalError = 2,

    /// <summary>It can answer, and cannot now.</summary>
    TryLater = 3,
    SigRequired = 5,

    /// <summary>It does not speak for this certificate, or not to us (RFC 5019 §2.2.3).</summary>
    Unauthorized = 6,
}

/// <summary>A statement, or why there is no valid one.</summary>
internal readonly record struct OcspReading(OcspStatement? Statement, string? Problem)
{
    /// <summary>The responder's error instead of a statement.</summary>
    public OcspError Error { get; init; }
}
