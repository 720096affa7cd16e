using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Verdicts;

/// <summary>What is known about one failed handshake, as far as it affects the advice.</summary>
internal sealed record AdviceFacts
{
    public required Failure Failure { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>By this machine's clock.</summary>
    public required DateTimeOffset At { get; init; }

    public required Protocol Protocol { get; init; }

    /// <summary>The ALPN names that the target is configured to offer; null for the default of its protocol.</summary>
    public ValueList<string>? Alpn { get; init; }

    /// <summary>Leaf first, as sent; empty if the probe had none, or if the server must refuse it, because such a credential may have any fault.</summary>
    public ValueList<Certificate> Credential { get; init; } = [];

    /// <summary>Its known revocation; empty if there is no evidence.</summary>
    public ValueList<CertificateRevocation> Revocation { get; init; } = [];

    /// <summary>The server sent a CertificateRequest, and our answer to it was sent.</summary>
    public bool Answered { get; init; }

    /// <summary>Our answer contained the credential.</summary>
    public bool Presented { get; init; }

    /// <summary>The answer was empty, because the key fits none of the algorithms that the request allows.</summary>
    public bool IsWithheld { get; init; }

    /// <summary>Number of issuers that the server named.</summary>
    public int Issuers { get; init; }

    /// <summary>Whether a certificate that we sent was issued by one of them; null if not known.</summary>
    public bool? IssuerAcceptable { get; init; }

    /// <summary>A root that we know issued the leaf: our file lacks no intermediate.</summary>
    public bool IsIssuedByRoot { get; init; }

    /// <summary>Leaf first: what the server let in although it must refuse it; empty if it was shown no certificate.</summary>
    public ValueList<Certificate> LetIn { get; init; } = [];

    public SignatureSchemes Allowed { get; init; } = new([], isTls13: false);

    /// <summary>The deadline passed before we had sent data.</summary>
    public bool InOurSilence { get; init; }

    /// <summary>By ALPN the server selected a protocol in which no request could be sent.</summary>
    public bool AgreedToOther { get; init; }

    /// <summary>How to find out what an answer left open; null if it left nothing open.</summary>
    public string? HowToSee { get; init; }

    /// <param name="verdict">The verdict, with its failure.</param>
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
        IsIssuedByRoot = seen.IsIssuedByRoot,
        LetIn = failure.Reason == Reasons.NotRefused && seen.ClientCertificate?.Presented is not null ? seen.Credential : [],
        Allowed = new SignatureSchemes(seen.AllowedSignatures, seen.Tls is { Version: "1.3" }),
        InOurSilence = seen.FinalEvent.InOurSilence,
        AgreedToOther = seen.FinalEvent.Kind == FinalEventKind.OtherProtocol,
        HowToSee = seen.FinalEvent.Answer is { Kind: AnswerKind.Unclear } answer ? answer.Hint : null,
    };
}
