using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Verdicts;

/// <summary>
/// The table of hints: the facts of a failure, and what to do. Facts of this case take precedence over the general hint of the reason. If there are
/// several, the first is given in full and the second in short. A pure function, without text from a peer.
/// </summary>
internal static class Advice
{
    private const byte InternalError = 80; // RFC 8446 §6

    private const string AfterInternalError =
        "The server sent internal_error after our answer to its certificate request. Some servers (monit) refuse a certificate like this, and apache does when the chain is longer than its SSLVerifyDepth; "
        + "other servers have an internal fault. The server's log at the time of the probe shows which, and so does a probe with another credential.";

    /// <summary>If the server did not request a certificate: it sends alerts to clients that it refuses, but sent us none.</summary>
    private const string BehindTls =
        "First check what is behind the TLS endpoint: a proxy whose backend is down closes like this, and so does a rule that blocks this client. "
        + "This server sends an alert when it refuses a certificate.";

    private const string OtherProtocol =
        "If the service speaks the protocol of this target, remove the name in the detail from tls.alpn. If it does not, set protocol: tls and keep the name; the probe then judges by what follows the handshake.";

    /// <summary>Alerts that none of our facts explains.</summary>
    private static readonly Reason[] s_saidPlainly = [Reasons.CertificateRevoked, Reasons.DecryptError];

    public static string Of(AdviceFacts facts)
    {
        var (failure, reason) = (facts.Failure, facts.Failure.Reason);
        if (facts.IsWithheld && failure.Hint == Reasons.WithheldHint) return Withheld(facts);
        if (failure.Hint != reason.Hint) return failure.Hint; // the judge already knew more
        if (facts.AgreedToOther) return With(OtherProtocol, facts);
        if (reason == Reasons.NotRefused) return LetIn(facts);
        if (reason == Reasons.NoApplicationProtocol) return ApplicationProtocol(facts);
        if (reason == Reasons.NoConfirmation) return With(Unconfirmed(facts), facts);
        if (reason == Reasons.ApplicationClosed && failure.Phase == Phase.Confirm) return BehindTls;
        if (reason == Reasons.TlsError && failure.Alert is { Code: InternalError } && facts.Answered) return With(AfterInternalError, facts);
        return facts.Outcome switch
        {
            Outcome.Rejected => Refused(facts),
            Outcome.Unconfirmed => With(failure.Hint, facts),
            _ => failure.Hint,
        };
    }

    /// <summary>The first known fact in full, the second in short; the general sentence if nothing is known.</summary>
    private static string Refused(AdviceFacts facts)
    {
        if (!facts.Presented)
        {
            return facts.Credential.Count == 0 && facts.Failure.Reason != Reasons.CertificateRequired
                ? "The server asked for a certificate, and the probe had none to send. " + Reasons.CertificateRequired.Hint
                : facts.Failure.Hint;
        }

        // Servers check the chain and the dates before revocation and the signature: an alert about the latter means that the former were accepted.
        var isKnownRevoked = facts.Revocation.Any(line => line.Status == RevocationStatus.Revoked);
        if (s_saidPlainly.Contains(facts.Failure.Reason) && !(isKnownRevoked && facts.Failure.Reason == Reasons.CertificateRevoked)) return With(Plain(facts), facts);
        var known = CredentialFaults.Of(facts).Take(2).ToList();
        return known switch
        {
            [] => Plain(facts),
            [var only] => only.Sentence,
            [var first, var second, ..] => $"{first.Sentence} Also, {second.Short}.",
        };
    }

    /// <summary>The reason's own sentence, or a better one if something contradicts its usual causes.</summary>
    private static string Plain(AdviceFacts facts) => facts.Failure.Reason switch
    {
        var reason when reason == Reasons.CertificateExpired =>
            "By this machine's clock, everything that we sent is valid. Check the server's clock, and whether a CRL, an intermediate or a root on the server has expired.",
        var reason when reason == Reasons.CertificateRevoked && facts.Revocation.FirstOrDefault(line => line is { Depth: 0, Status: RevocationStatus.Good }) is { } good =>
            $"Our evidence does not confirm this ({good.Source.Label()}, {good.Place}{(good.ThisUpdate is { } since ? $", of {Times.Minute(since)}" : "")}): compare it with the list that the server uses, and compare their dates. Ask the issuer.",
        var reason when reason == Reasons.CertificateRequired =>
            "We sent a certificate, but the server says that it received none. A proxy in between may terminate TLS, or the server ignores a certificate that it cannot verify. See its log.",
        var reason when reason == Reasons.DecryptError =>
            "Our key matches our certificate; that was checked when the files were read. The server may not support the signature algorithm, or may hold another certificate with the same name.",
        var reason when reason == Reasons.UnknownCa && facts.IssuerAcceptable is true =>
            "The server lists an authority that our chain leads to, but does not trust our certificate. Compare the authority's certificate on the server with ours (two keys can have one name), and reload the server.",
        _ => facts.Failure.Hint,
    };

    private static string Unconfirmed(AdviceFacts facts) => facts switch
    {
        { InOurSilence: true } =>
            "The time ran out while the probe was still waiting for a late refusal. This says nothing about the server. Raise the timeout of this target (probe: --timeout).",
        { HowToSee: { } how } => how,
        { Protocol.Question: not null } => "Read the server's log at the time of the probe; if it is slow, raise the timeout of this target (probe: --timeout).",
        _ => facts.Failure.Hint,
    };

    private static string ApplicationProtocol(AdviceFacts facts) => facts switch
    {
        { Protocol.AlpnHint: { } hint } => hint,
        { Alpn: { Count: > 0 } offered } =>
            $"This target offers {string.Join(", ", offered)}: set tls.alpn to what the server speaks, or remove it.",
        _ => "This target offers no ALPN protocol, and the server requires one: set tls.alpn to what it speaks, for example [h2].",
    };

    private static string Withheld(AdviceFacts facts)
    {
        if (facts.Credential.Count == 0 || facts.Allowed.Allows(facts.Credential[0].Rules.PublicKey) is not false) return Reasons.WithheldHint;
        return $"The server's request allows keys of the kind {string.Join(", ", facts.Allowed.Keys)} only, and ours is {facts.Credential[0].Key}, so our certificate was not sent. "
            + "Issue the credential with a key of an allowed kind, or allow this one in the server's signature algorithms for clients.";
    }

    /// <summary>
    /// A server that asked for the certificate and got it either trusts its issuer, or does not verify it. Its other clients can have the same
    /// issuer, so the trust entry is not the first thing to remove.
    /// </summary>
    private static string LetIn(AdviceFacts facts) => facts switch
    {
        { Answered: true, LetIn.Count: > 0 } when facts.Revocation.Any(line => line.Status == RevocationStatus.Revoked) =>
            "This certificate, or an intermediate sent with it, was revoked, but the server does not know it or does not check it: configure a revocation list or OCSP for clients on the server, keep it current, and reload the server.",
        { Answered: true, LetIn: { Count: > 0 } chain } =>
            $"The server accepts a certificate issued by {chain[0].Issuer.Clip()}. If clients that it must accept have the same issuer, keep that issuer: revoke this certificate, or deny it by an access rule. Otherwise remove the issuer from the server's client trust store, and reload it. If the server also lets in clients without a certificate, or with any, first make verification required.",
        { Answered: true } => "The server asks for a client certificate, but does not require one: make client authentication required.",
        _ => facts.Failure.Hint,
    };

    private static string With(string sentence, AdviceFacts facts) =>
        facts is { Presented: true } && CredentialFaults.Of(facts).FirstOrDefault() is { } known ? $"{sentence} Also, {known.Short}." : sentence;
}
