using System.Collections.Frozen;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The explanation of every reason. The texts stand beside the taxonomy, a file for each class; a reason without one breaks a test.
/// </summary>
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
        new(FailureClass.Network, "There was no connection. It may be a hiccup: nobody accepted or refused anybody.", ["MtlsProbeTargetUnreachable"]),
        new(FailureClass.Protocol, "TCP works, and TLS tells nothing of the credential: no session came about, or it gave no sign. The server never judged our certificate, as far as anybody can see.", ["MtlsProbeHandshakeFailing"]),
        new(FailureClass.ServerCertificate, "We do not trust the server. It gets no request, and what it makes of our credential does not count. With the outcome `accepted` it serves another certificate than the expected one.", ["MtlsProbeServerCertificateInvalid", "MtlsProbeServerCertificateExpired", "MtlsProbeServerChainIncomplete", "MtlsProbeServedCertificateUnexpected"]),
        new(FailureClass.ClientCertificate, "The server does not trust us: it asked for a certificate, had our answer, and refused. A timeout or a fault of the network is never counted here.", ["MtlsProbeCredentialRefused", "MtlsProbeNextCredentialRefused"]),
        new(FailureClass.Identity, "Our own files are at fault, or the token with our key, and the server did not get to decide. While `serve` runs, the last good files stay in use.", ["MtlsProbeCredentialFilesBroken", "MtlsProbeTrustFilesBroken", "MtlsProbeExpectFilesBroken"]),
        new(FailureClass.Application, "The TLS handshake is complete; what came after it was not as it should be.", ["MtlsProbeApplicationFailing"]),
        new(FailureClass.Enforcement, "The server let somebody in whom it has to refuse, or lets everybody in: mutual TLS is not in force.", ["MtlsProbeMutualTlsNotEnforced", "MtlsProbeForbiddenCredentialAccepted", "MtlsProbeUnexpectedAccess", "MtlsProbeClientCertificateNotRequested"]),
        new(FailureClass.Internal, "A fault of the prober. It says nothing of the server.", ["MtlsProbeInternalError"]),
    ];

    public static Explanation Of(Reason reason) => s_all.Value[reason];

    public static bool Has(Reason reason) => s_all.Value.ContainsKey(reason);
}
