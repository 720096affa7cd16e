using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>A verdict as text: what happened, what it means and what to do. It contains no text from a peer.</summary>
internal static class VerdictText
{
    /// <summary>The verdict in a few words, in capitals. "Accepted" is used only for a good result.</summary>
    public static string Words(ProbeResult result) => (result.Expect, result.Outcome, result.Failure?.Class) switch
    {
        (Expectation.Reject, _, null) => "KEPT OUT",
        (Expectation.Reject, Outcome.Accepted, _) => "LET IN",
        (_, Outcome.Accepted, FailureClass.Enforcement) => "NO CERTIFICATE ASKED FOR",
        (_, Outcome.Accepted, FailureClass.ServerCertificate) => "WRONG CERTIFICATE",
        (_, Outcome.Accepted, FailureClass.Application) when result.Failure.Reason == Reasons.NotServing => "NOT SERVING",
        (_, Outcome.Accepted, FailureClass.Application) when result.Failure.Reason == Reasons.UnexpectedStatus => "UNEXPECTED STATUS",
        (_, Outcome.Accepted, FailureClass.Application) => "UNEXPECTED ANSWER",
        (_, Outcome.Accepted, FailureClass.Identity) => "NOT COMPARED",
        _ => result.Outcome.Label().ToUpperInvariant(),
    };

    /// <summary>What happened, as a sentence without its full stop.</summary>
    public static string Headline(ProbeResult result) => result.Expect == Expectation.Reject ? Enforcement(result) : Acceptance(result);

    /// <summary>Who refused whom; null on success.</summary>
    public static string? Meaning(ProbeResult result) => result.Failure is null ? null : (result.Outcome, result.Failure.Class) switch
    {
        (Outcome.Accepted, FailureClass.ServerCertificate) => "the server accepts us, but serves a certificate other than the expected one",
        (Outcome.Accepted, FailureClass.Identity) => "the server accepts us; a file of ours is broken, so its certificate was not compared with the expected one",
        (Outcome.Accepted, FailureClass.Enforcement) when result.Expect == Expectation.Accept => "the server lets us in without asking for our certificate, so it lets in any client",
        (Outcome.Unconfirmed, FailureClass.Application) when result.Failure.Reason == Reasons.LoginRefused => "the server refused the login; it did not say whether the certificate was the cause",
        (Outcome.Unconfirmed, FailureClass.Application) when result.Failure.Reason == Reasons.NotServing => "the server neither accepted nor refused us: it is not serving, and did not check the login",
        (Outcome.Unconfirmed, FailureClass.Application) when result.Failure.Phase == Phase.Application => "the server neither accepted nor refused us: only an answer to our request would have shown it",
        (Outcome.Unconfirmed, FailureClass.Application) => "the server neither accepted nor refused us: it closed without an alert, and its backend may be down",
        (Outcome.Unconfirmed, _) => "the server neither accepted nor refused us",
        (_, FailureClass.Protocol) when result.Failure.Reason == Reasons.Misdirected => "the server does not answer for this name; it is not known whether it accepts our certificate",
        (_, FailureClass.Network) => "no connection, so the server did not check our certificate",
        (_, FailureClass.Protocol) when result.Failure.Reason == Reasons.NoApplicationProtocol && result.Control is not null => "the server accepts us only with an application protocol negotiated by ALPN",
        (_, FailureClass.Protocol) when result.ClientCertificate?.Presented is not null => "the session was cut off; it is not known whether the server checked our certificate",
        (_, FailureClass.Protocol) => "no TLS session; the server did not check our certificate",
        (_, FailureClass.ServerCertificate) => "we do not trust the server",
        (_, FailureClass.ClientCertificate) => "the server does not trust us",
        (_, FailureClass.Identity) when result.Failure.Phase > Phase.Identity => "our own key did not sign, so the server decided nothing",
        (_, FailureClass.Identity) => "our own files are at fault; the server was not contacted",
        (_, FailureClass.Application) => "the server accepted us; what came after that failed",
        (_, FailureClass.Enforcement) => "the server let in what it must refuse",
        _ => "a fault of MtlsProbe",
    };

    /// <summary>What to do, the most important first; empty on success.</summary>
    public static IEnumerable<string> Advice(ProbeResult result)
    {
        if (result.Failure is not { } failure) yield break;
        yield return failure.Hint;
        foreach (var other in result.Chain?.Faults.Where(fault => fault.Error != failure.Reason).DistinctBy(fault => fault.Error) ?? [])
            yield return $"Also, {other.Error.Label}: {other.Hint}";
    }

    /// <summary>Whether the server refuses what it must refuse.</summary>
    private static string Enforcement(ProbeResult result)
    {
        var client = CredentialText.Client(result.Identity);
        return result.Failure switch
        {
            null => $"the server refuses {client}, as required",
            { Class: FailureClass.Enforcement } => $"the server let in {client}, which it must refuse",
            var failure => $"{failure.Reason.Sentence}; it is not known whether it refuses {client}, as required",
        };
    }

    private static string Acceptance(ProbeResult result) => result switch
    {
        { Failure: { } failure } => failure.Reason.Sentence + (RefusedForNothing(result) ? "; we sent none" : ""),
        { ClientCertificate.Presented: not null } => "the server accepts our certificate",
        { ClientCertificate.Requested: true } => "the server lets us in without a client certificate, although it asked for one",
        { ClientCertificate.Requested: false } when result.Identity != Identity.None =>
            "accepted; the server did not ask for our certificate, which the configuration allows",
        _ => "the handshake succeeded; the server asked for no client certificate",
    };

    /// <summary>We sent no certificate, and the reason alone does not say so.</summary>
    private static bool RefusedForNothing(ProbeResult result) =>
        result is { Outcome: Outcome.Rejected, ClientCertificate: { Requested: true, Presented: null } } && result.Failure?.Reason != Reasons.CertificateRequired;
}
