using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Api;

public class RunbookTests
{
    private static readonly Target s_target = Samples.Target();

    [Theory]
    [InlineData("client_certificate", "unknown_ca", "MtlsProbeCredentialRefused")]
    [InlineData("network", "connect_timeout", "MtlsProbeTargetUnreachable")]
    [InlineData("protocol", "no_confirmation", "MtlsProbeHandshakeFailing")]
    [InlineData("server_certificate", "expired", "MtlsProbeServerCertificateExpired")]
    [InlineData("server_certificate", "not_yet_valid", "MtlsProbeServerCertificateNotYetValid")]
    [InlineData("server_certificate", "incomplete_chain", "MtlsProbeServerChainIncomplete")]
    [InlineData("server_certificate", "revoked", "MtlsProbeServerCertificateRevoked")]
    [InlineData("server_certificate", "weak", "MtlsProbeServerCertificateInvalid")]
    [InlineData("identity", "key_mismatch", "MtlsProbeCredentialFilesBroken")]
    [InlineData("application", "timeout", "MtlsProbeApplicationFailing")]
    [InlineData("internal", "internal", "MtlsProbeInternalError")]
    public void A_failure_leads_to_the_runbook_of_its_alert(string @class, string reason, string alert) =>
        Assert.Equal(alert, Of(Failing(Reasons.All.Single(known => known.Class.Label() == @class && known.Label == reason))));

    [Fact]
    public void The_file_of_an_expectation_has_another_runbook_than_that_of_a_credential() =>
        Assert.Equal("MtlsProbeExpectFilesBroken", Of(Failing(Reasons.NotFound) with { Outcome = Outcome.Accepted }));

    [Fact]
    public void A_certificate_that_is_not_expected_leads_to_what_was_expected()
    {
        var unexpected = Failing(Reasons.NotExpected);
        Assert.Equal("MtlsProbeServedCertificateUnexpected", Of(unexpected with { Expected = new(false, null) }));
        Assert.Equal("MtlsProbeServerIssuerUnexpected", Of(unexpected with { Expected = new(true, false) }));
    }

    [Fact]
    public void A_credential_that_must_be_refused_leads_to_the_runbook_of_enforcement()
    {
        Assert.Equal("MtlsProbeMutualTlsNotEnforced", Of(Samples.LetIn(s_target)));
        Assert.Equal("MtlsProbeForbiddenCredentialAccepted", Of(Samples.LetIn(s_target, "legacy")));
        Assert.Equal("MtlsProbeUnexpectedAccess", Of(Samples.LetIn(s_target, "legacy"), s_target with { MustRejectOthers = true }));
        Assert.Equal("MtlsProbeEnforcementUnknown", Of(Samples.Refused(s_target) with { Expect = Expectation.Reject, Identity = "none" }));
        Assert.Null(Of(Samples.TurnedAway(s_target)));
    }

    [Fact]
    public void A_refused_replacement_has_another_runbook_than_the_credential_in_use() =>
        Assert.Equal("MtlsProbeNextCredentialRefused", Of(Samples.Rejected(s_target) with { Slot = Slot.Next }));

    [Fact]
    public void A_server_that_accepts_without_asking_has_its_runbook_unless_that_is_expected()
    {
        var unasked = Samples.Accepted(s_target) with { ClientCertificate = new() { Requested = false } };
        Assert.Null(Of(unasked));
        Assert.Equal("MtlsProbeClientCertificateNotRequested", Of(unasked with { Success = false, Failure = new(Phase.Confirm, Reasons.NotRequested, null, "") }));
    }

    [Fact]
    public void Every_reason_leads_somewhere() =>
        Assert.All(Reasons.All, reason => Assert.StartsWith("https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/runbooks/MtlsProbe", Url(Failing(reason)), StringComparison.Ordinal));

    private static ProbeResult Failing(Reason reason) => Samples.Accepted(s_target) with { Outcome = Outcome.Failed, Success = false, Failure = new(Phase.Confirm, reason, null, "") };

    private static string? Of(ProbeResult result, Target target) => Runbook.For(new HandshakeEntry(Samples.State(target, result), null, 0), new WebLinks(null, null, null))?.Alert;

    private static string? Of(ProbeResult result) => Runbook.For(new HandshakeEntry(Samples.State(s_target, result), null, 0), new WebLinks(null, null, null))?.Alert;

    private static string? Url(ProbeResult result) => Runbook.For(new HandshakeEntry(Samples.State(s_target, result), null, 0), new WebLinks(null, null, null))?.Url;
}
