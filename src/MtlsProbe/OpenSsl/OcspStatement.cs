using MtlsProbe.Certificates;

namespace MtlsProbe.OpenSsl;

/// <summary>What an OCSP response says about one certificate (RFC 6960 §4.2.1), after its signature has been verified.</summary>
internal sealed record OcspStatement
{
    public required OcspStatus Status { get; init; }

    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>Null: newer information is always available.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary><c>keyCompromise</c>, <c>superseded</c> …; null if none is given.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The hash of the response's signature, in the names of <see cref="Certificates.SignatureHash"/>; null if the algorithm has no separate hash.
    /// </summary>
    public string? SignatureHash { get; init; }

    /// <summary>
    /// The responder that the issuer has delegated; null if the issuer itself signed. The caller checks its validity with its own clock. It is kept
    /// without its bytes.
    /// </summary>
    public Certificate? Delegate { get; init; }
}

/// <summary>RFC 6960 §2.2, with the numbers of libcrypto.</summary>
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

    /// <summary>It can answer, but not now.</summary>
    TryLater = 3,
    SigRequired = 5,

    /// <summary>It is not responsible for this certificate, or does not answer us (RFC 5019 §2.2.3).</summary>
    Unauthorized = 6,
}

/// <summary>A statement, or why there is no valid one.</summary>
internal readonly record struct OcspReading(OcspStatement? Statement, string? Problem)
{
    /// <summary>The responder's error, if it sent that instead of a statement.</summary>
    public OcspError Error { get; init; }
}
