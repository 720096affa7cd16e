using System.Collections.Frozen;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>The explanation of every reason. The texts are beside the taxonomy, in one file for each class. A test fails if a reason has none.</summary>
internal static class Explanations
{
    private static readonly Lazy<FrozenDictionary<Reason, Explanation>> s_all = new(() => new[]
        {
            NetworkExplanations.All, ProtocolExplanations.All, ServerCertificateExplanations.All, ClientCertificateExplanations.All,
            IdentityExplanations.All, ApplicationExplanations.All, EnforcementExplanations.All, InternalExplanations.All,
        }
        .SelectMany(of => of)
        .ToFrozenDictionary(explanation => explanation.Reason));

    /// <summary>The classes, in the order of the taxonomy.</summary>
    public static ValueList<ClassExplanation> Classes { get; } =
    [
        new(FailureClass.Network, "There was no connection, so nothing was accepted or refused. The cause may be temporary.", ["MtlsProbeTargetUnreachable"]),
        new(FailureClass.Protocol, "TCP works, but TLS gives no result for the credential: there was no session, or no sign of acceptance or refusal. As far as the probe can tell, the server did not check our certificate.", ["MtlsProbeHandshakeFailing"]),
        new(FailureClass.ServerCertificate, "We do not trust the server. The probe sends it no request, and its answer about our credential does not count. With the outcome `accepted`, the server serves a different certificate from the expected one.", ["MtlsProbeServerCertificateInvalid", "MtlsProbeServerCertificateExpired", "MtlsProbeServerChainIncomplete", "MtlsProbeServedCertificateUnexpected"]),
        new(FailureClass.ClientCertificate, "The server does not trust us: it asked for a certificate, received our answer, and refused. A timeout or a network fault never counts as this.", ["MtlsProbeCredentialRefused", "MtlsProbeNextCredentialRefused"]),
        new(FailureClass.Identity, "The fault is in our own files or in the token with our key. The server made no decision. While `serve` runs, the last good files stay in use.", ["MtlsProbeCredentialFilesBroken", "MtlsProbeTrustFilesBroken", "MtlsProbeExpectFilesBroken"]),
        new(FailureClass.Application, "The TLS handshake is complete; what came after it was not as expected.", ["MtlsProbeApplicationFailing"]),
        new(FailureClass.Enforcement, "The server let in a client that it must refuse, or does not ask for certificates at all: mutual TLS is not enforced.", ["MtlsProbeMutualTlsNotEnforced", "MtlsProbeForbiddenCredentialAccepted", "MtlsProbeUnexpectedAccess", "MtlsProbeClientCertificateNotRequested"]),
        new(FailureClass.Internal, "A fault of MtlsProbe. It says nothing about the server.", ["MtlsProbeInternalError"]),
    ];

    public static Explanation Of(Reason reason) => s_all.Value[reason];

    public static bool Has(Reason reason) => s_all.Value.ContainsKey(reason);
}
