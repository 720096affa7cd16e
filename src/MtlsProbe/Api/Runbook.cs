using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>The page that says what to do, named after the alert for the same state.</summary>
/// <param name="Alert">The name of the alert.</param>
/// <param name="Url">Its address: below <c>web.links.runbooks</c>, or in the project's repository.</param>
/// <param name="Served">The same page in this program, relative to the status page; null if another place is configured.</param>
internal sealed record Runbook(string Alert, string Url, string? Served)
{
    /// <summary>Null if nothing is wrong, or if nothing is known.</summary>
    public static Runbook? For(HandshakeEntry entry, WebLinks links) => Name(entry) is not { } name ? null
        : links.Runbooks is { } place ? new Runbook(name, $"{place}/{name}", null)
        : new Runbook(name, Documentation.Runbook(name), $"runbooks/{name}");

    private static string? Name(HandshakeEntry entry) => entry.Last switch
    {
        null or { Failure: null } => null,
        { Failure.Reason: var reason } when reason == Reasons.NotRequested => "MtlsProbeClientCertificateNotRequested",
        { Failure.Class: FailureClass.Enforcement, Identity: Identity.None } => "MtlsProbeMutualTlsNotEnforced",
        { Failure.Class: FailureClass.Enforcement } when entry.State.Target.MustRejectOthers => "MtlsProbeUnexpectedAccess",
        { Failure.Class: FailureClass.Enforcement } => "MtlsProbeForbiddenCredentialAccepted",
        { Expect: Expectation.Reject } => "MtlsProbeEnforcementUnknown",
        { Failure: { Class: FailureClass.ServerCertificate } failure, Expected: var expected } => OfServer(failure.Reason, expected),
        { Failure.Class: FailureClass.ClientCertificate, Slot: Slot.Next } => "MtlsProbeNextCredentialRefused",
        { Failure: var failure } => failure.Class switch
        {
            FailureClass.Network => "MtlsProbeTargetUnreachable",
            FailureClass.Protocol => "MtlsProbeHandshakeFailing",
            FailureClass.ClientCertificate => "MtlsProbeCredentialRefused",
            // Still accepted: only the certificate to compare with could not be read.
            FailureClass.Identity when entry.Last.Outcome == Outcome.Accepted => "MtlsProbeExpectFilesBroken",
            FailureClass.Identity => "MtlsProbeCredentialFilesBroken",
            FailureClass.Application => "MtlsProbeApplicationFailing",
            _ => "MtlsProbeInternalError",
        },
    };

    private static string OfServer(Reason reason, ExpectedCertificateFacts expected) => reason switch
    {
        _ when reason == Reasons.Expired => "MtlsProbeServerCertificateExpired",
        _ when reason == Reasons.NotYetValid => "MtlsProbeServerCertificateNotYetValid",
        _ when reason == Reasons.IncompleteChain => "MtlsProbeServerChainIncomplete",
        _ when reason == Reasons.Revoked => "MtlsProbeServerCertificateRevoked",
        _ when reason == Reasons.NotExpected => expected.ServerCertificate is false ? "MtlsProbeServedCertificateUnexpected" : "MtlsProbeServerIssuerUnexpected",
        _ => "MtlsProbeServerCertificateInvalid",
    };
}
