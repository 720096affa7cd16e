using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>What is said about a refusal if our evidence knows the credential.</summary>
public sealed class RevokedAdviceTests
{
    private static readonly CertificateRevocation s_revoked = Samples.Revocation(0, EvidenceSource.Crl, RevocationStatus.Revoked) with
    {
        RevokedAt = Samples.Now.AddDays(-2), Reason = "keyCompromise", Place = "http://crl.test/ca.crl",
    };

    [Theory]
    [InlineData("certificate_revoked")]
    [InlineData("bad_certificate")]
    public void A_known_revocation_of_the_credential_is_stated_with_its_time_and_reason(string reason) => Assert.StartsWith(
        "Our certificate was revoked at 2026-11-18T18:00:00Z (keyCompromise), says http://crl.test/ca.crl. Have a new one issued", Hint(reason, s_revoked), StringComparison.Ordinal);

    [Fact]
    public void An_intermediate_is_named() => Assert.StartsWith(
        "The intermediate CN=somebody that we send was revoked", Hint("certificate_revoked", s_revoked with { Depth = 1 }), StringComparison.Ordinal);

    [Fact]
    public void If_the_evidence_here_does_not_agree_the_two_should_be_compared() => Assert.Contains(
        "Our evidence does not confirm this (crl, list, of 2026-11-20 17:00Z)",
        Hint("certificate_revoked", Samples.Revocation(0, EvidenceSource.Crl, RevocationStatus.Good) with { Place = "list", ThisUpdate = Samples.Now.AddHours(-1) }),
        StringComparison.Ordinal);

    [Fact]
    public void If_nothing_is_known_the_reason_stands_alone() => Assert.StartsWith(Reasons.CertificateRevoked.Hint, Hint("certificate_revoked"), StringComparison.Ordinal);

    private static string Hint(string reason, params CertificateRevocation[] lines) => Advice.Of(new AdviceFacts
    {
        Failure = new Failure(Phase.Confirm, Reasons.All.First(one => one.Label == reason && one.Class == FailureClass.ClientCertificate), null, ""),
        Outcome = Outcome.Rejected,
        At = Samples.Now,
        Protocol = new Https(),
        Credential = [Samples.Certificate("checkout"), Samples.Certificate("Issuing", 400)],
        Presented = true,
        Answered = true,
        Revocation = [.. lines],
    });
}
