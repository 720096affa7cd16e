namespace MtlsProbe.Model;

/// <summary>The meaning of a fatal alert from the server. This is the only place that maps alerts to the taxonomy.</summary>
internal static class AlertReasons
{
    /// <summary>
    /// The refusal of a client certificate that this alert means; null if it means something else. Alerts 40 and 42 are used for other faults too:
    /// the caller checks that the server asked for a certificate and that we answered.
    /// </summary>
    /// <param name="isAnonymous">Our answer contained no certificate: GnuTLS rejects the empty list of TLS 1.2 with decode_error.</param>
    public static Reason? Refusal(Alert alert, bool isAnonymous) => alert.Code switch
    {
        40 => Reasons.HandshakeFailure,
        42 => Reasons.BadCertificate,
        43 => Reasons.UnsupportedCertificate,
        44 => Reasons.CertificateRevoked,
        45 => Reasons.CertificateExpired,
        46 => Reasons.CertificateUnknown,
        48 => Reasons.UnknownCa,
        49 => Reasons.AccessDenied,
        50 when isAnonymous => Reasons.CertificateRequired,
        51 => Reasons.DecryptError,
        116 => Reasons.CertificateRequired,
        _ => null,
    };

    /// <summary>The meaning of the alert if it is not a refusal.</summary>
    public static Reason Protocol(Alert alert) => alert.Code switch
    {
        70 => Reasons.ProtocolVersion,
        71 => Reasons.NoSharedCipher,
        112 => Reasons.UnrecognizedName,
        120 => Reasons.NoApplicationProtocol,
        _ => Reasons.TlsError,
    };
}
