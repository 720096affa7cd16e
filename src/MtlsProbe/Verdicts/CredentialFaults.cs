using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;

namespace MtlsProbe.Verdicts;

/// <summary>
/// The known faults of the presented credential, the most significant first. The server has its own clock and rules; these are ours, so each hint
/// says so if the two can differ.
/// </summary>
internal static class CredentialFaults
{
    /// <summary>Clocks often differ by less than this.</summary>
    private static readonly TimeSpan ClockError = TimeSpan.FromMinutes(10);

    public static IEnumerable<KnownFact> Of(AdviceFacts facts)
    {
        if (facts.Credential.Count == 0) yield break;
        var leaf = facts.Credential[0];
        if (facts.Revocation.FirstOrDefault(line => line.Status == RevocationStatus.Revoked) is { } revoked) yield return Revoked(revoked);
        if (facts.IssuerAcceptable is false) yield return NoIssuer(facts, leaf);
        foreach (var fact in facts.Credential.SelectMany((certificate, index) => Dates(certificate, index == 0, facts.At))) yield return fact;
        if (leaf.Rules.ExtendedKeyUsage is { } usages && !KeyPurposes.AllowClients(usages))
        {
            yield return new(
                "Our certificate may not be used by a TLS client: its extended key usage lacks clientAuth. Have it issued with clientAuth.",
                "the extended key usage of our certificate lacks clientAuth");
        }

        if (leaf.Rules.KeyUsage is { } usage && !usage.HasFlag(X509KeyUsageFlags.DigitalSignature))
        {
            yield return new(
                "The key of our certificate may not sign a handshake: its key usage lacks digitalSignature. Have it issued with digitalSignature.",
                "the key usage of our certificate lacks digitalSignature");
        }

        foreach (var fact in Algorithms(facts, leaf)) yield return fact;
        if (facts.IssuerAcceptable is false && facts.Failure.Reason == Reasons.UnknownCa) yield break; // the server named the cause; a clock that differs is only a guess
        foreach (var fact in NearItsEnds(leaf, facts.At)) yield return fact;
    }

    private static KnownFact Revoked(CertificateRevocation line)
    {
        var (which, named) = line.Depth == 0 ? ("Our certificate", "our certificate") : ($"The intermediate {line.Subject} that we send", "an intermediate that we send");
        var when = line.RevokedAt is { } time ? $" at {Times.Iso(time)}" : "";
        var why = line.Reason is { } reason ? $" ({reason})" : "";
        var who = line.Place is { } place ? $", says {place}" : "";
        return new(
            $"{which} was revoked{when}{why}{who}. Have a new one issued with a new key and roll it out; a revocation cannot be undone.",
            $"{named} was revoked{when}{why}");
    }

    private static KnownFact NoIssuer(AdviceFacts facts, Certificate leaf)
    {
        var named = facts.Issuers == 1 ? "the one issuer that the server named" : FormattableString.Invariant($"any of the {facts.Issuers:N0} issuers that the server named");
        var issuer = facts.Credential[^1].Issuer.Clip();
        var lone = facts.Credential.Count == 1 && !leaf.IsSelfIssued && !facts.IsIssuedByRoot ? " If that is an intermediate, our file lacks its certificate: put it after the leaf." : "";
        return new(
            $"Our chain does not lead to {named}: it ends at {issuer}.{lone} Add the issuing root to the server's client trust store and reload it, or present a credential from an issuer that it names.",
            $"our chain does not lead to {named}");
    }

    private static IEnumerable<KnownFact> Dates(Certificate certificate, bool isLeaf, DateTimeOffset at)
    {
        var (which, named) = isLeaf ? ("Our certificate", "our certificate") : ($"The intermediate {certificate.Subject.Clip()} that we send", "an intermediate that we send");
        if (at > certificate.NotAfter)
        {
            var renew = isLeaf ? "Renew it and roll it out." : "Replace it in our file, after the leaf, with its successor.";
            yield return new($"{which} expired at {Times.Iso(certificate.NotAfter)} by this machine's clock. {renew}", $"{named} expired at {Times.Iso(certificate.NotAfter)}");
        }
        else if (at < certificate.NotBefore)
        {
            yield return new(
                $"{which} is not valid before {Times.Iso(certificate.NotBefore)} by this machine's clock: wait until then, or have it issued again with an earlier start. Compare the clocks of this machine and of the issuer.",
                $"{named} is not valid before {Times.Iso(certificate.NotBefore)}");
        }
    }

    private static IEnumerable<KnownFact> Algorithms(AdviceFacts facts, Certificate leaf)
    {
        if (facts.Allowed.Allows(leaf.Rules.PublicKey) is false)
        {
            yield return new(
                $"The server's request does not allow a key like ours ({leaf.Key}). It allows {string.Join(", ", facts.Allowed.Keys)}. Issue the credential with a key of an allowed kind, or allow this one in the server's signature algorithms for clients.",
                $"the server's request does not allow a key like ours, {leaf.Key}");
        }

        if (facts.Credential.FirstOrDefault(sent => !sent.IsSelfIssued && facts.Allowed.Allows(sent.Rules.SignatureHash) is false) is { } signed)
        {
            var which = signed == leaf ? "Our certificate" : $"The intermediate {signed.Subject.Clip()} that we send";
            yield return new(
                $"{which} is signed with {signed.Rules.SignatureHash}, which is not among the signature algorithms of the server's request. Have it issued again with another hash.",
                $"a certificate that we send is signed with {signed.Rules.SignatureHash}, which the server's request does not list");
        }
        else if (Strength.IsWeak(leaf.Rules.PublicKey))
        {
            yield return new(
                $"The key of our certificate, {leaf.Key}, is weaker than most servers accept. Issue the credential with RSA 2048, EC P-256 or better.", $"the key of our certificate, {leaf.Key}, is weak");
        }
        else if (!leaf.IsSelfIssued && Strength.IsWeakHash(leaf.Rules.SignatureHash))
        {
            yield return new(
                $"Our certificate is signed with {leaf.Rules.SignatureHash}, which most servers do not accept. Have it issued again with SHA-256 or better.",
                $"our certificate is signed with {leaf.Rules.SignatureHash}");
        }
    }

    /// <summary>Valid by our clock, but not by one that differs a little.</summary>
    private static IEnumerable<KnownFact> NearItsEnds(Certificate leaf, DateTimeOffset at)
    {
        if (at >= leaf.NotBefore && at - leaf.NotBefore < ClockError)
        {
            yield return new(
                $"Our certificate became valid only at {Times.Iso(leaf.NotBefore)}. A server whose clock is slow refuses it until then. Compare the clocks, and probe again in ten minutes.",
                $"our certificate became valid only at {Times.Iso(leaf.NotBefore)}, which is still in the future for a server whose clock is slow");
        }

        if (at <= leaf.NotAfter && leaf.NotAfter - at < ClockError)
        {
            yield return new(
                $"Our certificate expires at {Times.Iso(leaf.NotAfter)}: a server whose clock is fast already refuses it. Renew it, and compare the clocks.",
                $"our certificate expires at {Times.Iso(leaf.NotAfter)}, which is in the past for a server whose clock is fast");
        }
    }
}

/// <summary>A known fact that can explain a refusal.</summary>
/// <param name="Sentence">What it is and what to do about it.</param>
/// <param name="Short">What it is, as text after "Also,", without its full stop.</param>
internal sealed record KnownFact(string Sentence, string Short);
