using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Verdicts;

/// <summary>What is known of one failed handshake, as far as it can change the advice.</summary>
internal sealed record AdviceFacts
{
    public required Failure Failure { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>By this machine's clock.</summary>
    public required DateTimeOffset At { get; init; }

    public required Protocol Protocol { get; init; }

    /// <summary>What the target is told to offer; null for what its protocol offers by itself.</summary>
    public ValueList<string>? Alpn { get; init; }

    /// <summary>Leaf first, as it is sent; empty where the probe had none, and where it ought to be refused: that one may be as bad as it likes.</summary>
    public ValueList<Certificate> Credential { get; init; } = [];

    /// <summary>What is known of its revocation; empty where nobody can tell.</summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];

    /// <summary>The server sent a CertificateRequest, and our answer to it had gone out.</summary>
    public bool Answered { get; init; }

    /// <summary>Our answer held the credential.</summary>
    public bool Presented { get; init; }

    /// <summary>The answer was empty, since the key fits none of the algorithms that the request allows.</summary>
    public bool IsWithheld { get; init; }

    /// <summary>How many issuers the server named.</summary>
    public int Issuers { get; init; }

    /// <summary>Whether a certificate that we sent was issued by one of them; null where nobody can tell.</summary>
    public bool? IssuerAcceptable { get; init; }

    public SignatureSchemes Allowed { get; init; } = new([], isTls13: false);

    /// <summary>The deadline came while we had said nothing ourselves.</summary>
    public bool InOurSilence { get; init; }

    /// <summary>By ALPN the server agreed to something in which nothing could be asked.</summary>
    public bool AgreedToOther { get; init; }

    /// <summary>How to see what an answer left open; null where it left nothing open.</summary>
    public string? HowToSee { get; init; }

    /// <param name="verdict">With its failure.</param>
    public static AdviceFacts Of(ProbeJob job, Observation seen, Verdict verdict, Failure failure, bool isWithheld) => new()
    {
        Failure = failure,
        Outcome = verdict.Outcome,
        At = seen.At,
        Protocol = job.Target.Protocol,
        Alpn = job.Target.Tls.Alpn,
        Credential = job.Key.Expect == Expectation.Reject && !isWithheld ? [] : seen.Credential,
        Revocation = seen.OwnRevocation,
        Answered = seen is { Asked: true, CertificateAnswered: true },
        Presented = seen.ClientCertificate?.Presented is not null,
        IsWithheld = isWithheld,
        Issuers = seen.ClientCertificate?.IssuersTotal ?? 0,
        IssuerAcceptable = seen.ClientCertificate?.IssuerAcceptable,
        Allowed = new SignatureSchemes(seen.AllowedSignatures, seen.Tls is { Version: "1.3" }),
        InOurSilence = seen.FinalEvent.InOurSilence,
        AgreedToOther = seen.FinalEvent.Kind == FinalEventKind.OtherProtocol,
        HowToSee = seen.FinalEvent.Answer is { Kind: AnswerKind.Unclear } answer ? answer.Hint : null,
    };
}
