using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>Whether a server's chain is trusted, judged from what was presented and the trust bundle alone.</summary>
internal sealed record ChainVerdict
{
    private readonly ChainRemarks _remarks = ChainRemarks.None;

    public bool Valid => Faults.Count == 0;

    /// <summary>The reasons of all faults, each once, in the order in which to fix them.</summary>
    public ValueList<Reason> Errors => Faults.Select(fault => fault.Error).Distinct().ToValueList();

    /// <summary>Every fault with its particulars.</summary>
    [JsonPropertyName("details")]
    public ValueList<ChainFault> Faults { get; init; } = [];

    /// <inheritdoc cref="ChainRemarks.SpiffeId"/>
    public string? SpiffeId
    {
        get => _remarks.SpiffeId;
        init => _remarks = _remarks.SpiffeId == value ? _remarks : _remarks with { SpiffeId = value };
    }

    /// <inheritdoc cref="ChainRemarks.SpiffeIdExpected"/>
    public bool? SpiffeIdExpected
    {
        get => _remarks.SpiffeIdExpected;
        init => _remarks = _remarks.SpiffeIdExpected == value ? _remarks : _remarks with { SpiffeIdExpected = value };
    }

    /// <inheritdoc cref="ChainRemarks.Notes"/>
    public ValueList<string> Notes
    {
        get => _remarks.Notes;
        init => _remarks = _remarks.Notes == value ? _remarks : _remarks with { Notes = value };
    }

    /// <inheritdoc cref="ChainRemarks.NoteNames"/>
    public ValueList<string> NoteNames
    {
        get => _remarks.NoteNames;
        init => _remarks = _remarks.NoteNames == value ? _remarks : _remarks with { NoteNames = value };
    }

    /// <inheritdoc cref="ChainRemarks.Ocsp"/>
    public string? Ocsp
    {
        get => _remarks.Ocsp;
        init => _remarks = _remarks.Ocsp == value ? _remarks : _remarks with { Ocsp = value };
    }

    /// <inheritdoc cref="ChainRemarks.Staple"/>
    public StaplePeriod? Staple
    {
        get => _remarks.Staple;
        init => _remarks = _remarks.Staple == value ? _remarks : _remarks with { Staple = value };
    }

    /// <inheritdoc cref="ChainRemarks.Revocation"/>
    public ValueList<CertificateRevocation> Revocation
    {
        get => _remarks.Revocation;
        init => _remarks = _remarks.Revocation == value ? _remarks : _remarks with { Revocation = value };
    }

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
