using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>Whether a server's chain is trusted, judged from what was presented and the trust bundle alone.</summary>
internal sealed record ChainVerdict
{
    public bool Valid => Faults.Count == 0;

    /// <summary>The reasons of all faults, each once, in the order in which to fix them.</summary>
    public ValueList<Reason> Errors => Faults.Select(fault => fault.Error).Distinct().ToValueList();

    /// <summary>Every fault with its particulars.</summary>
    [JsonPropertyName("details")]
    public ValueList<ChainFault> Faults { get; init; } = [];

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

    /// <summary>The certificate at which the path stops because its issuer is not known; null if the path continues, or the issuer is known.</summary>
    [JsonIgnore]
    public Certificate? StopsAt => Faults.FirstOrDefault(fault => fault.StopsAt is not null)?.StopsAt;

    /// <summary>The best path found, leaf first; its last certificate is the trust anchor when the chain is trusted.</summary>
    [JsonIgnore]
    public ValueList<Certificate> Path { get; init; } = [];
}

/// <summary>The period of a stapled OCSP response (RFC 6960 §4.2.2.1), even if it has expired.</summary>
/// <param name="NextUpdate">Null: newer information is always available, and the response does not expire.</param>
internal sealed record StaplePeriod(DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate);

/// <summary>One fault of a chain.</summary>
/// <param name="Error">A reason of <see cref="FailureClass.ServerCertificate"/>.</param>
/// <param name="Subject">The certificate at fault; null if the fault is a missing certificate.</param>
/// <param name="Detail">A sentence with names and dates.</param>
internal sealed record ChainFault(Reason Error, string? Subject, string Detail)
{
    /// <summary>What to do next: the advice of the reason, or more specific advice for this case.</summary>
    [JsonIgnore]
    public string Hint { get; init; } = Error.Hint;

    /// <summary>As <see cref="ChainVerdict.StopsAt"/>.</summary>
    [JsonIgnore]
    public Certificate? StopsAt { get; init; }
}
