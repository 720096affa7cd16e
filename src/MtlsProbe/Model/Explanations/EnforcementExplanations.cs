namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Enforcement"/>.</summary>
internal static class EnforcementExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.NotRefused,
            "A credential of `must_reject` was shown (or, with `none`, no certificate at all), and the server accepted it by the same evidence that counts for any acceptance.",
            ("`none`: client authentication is optional or off (`ssl_verify_client optional`, `verify optional`, `RequestClientCert`).", "Set it to required, or let the application refuse who has no certificate."),
            ("A retired credential: its issuer is still in the server's client trust store.", "Take the issuer out and reload; this is the clean-up of a rotation."),
            ("A retired credential of an issuer that is still in use.", "It is let in until it expires, unless the server checks revocation. Revoke it, or wait, or do not list it."),
            ("The path of the probe is open to everybody, and others are not.", "Set `http.path` to one that is meant to be protected."),
            ("One listener, replica or virtual host of several lacks the setting.", "`addresses: all` shows which.")),
        new(Reasons.NotRequested,
            "The target has an identity, the server let us in, and it never asked for a certificate: not in the handshake, nor for the request. Our certificate was not shown, so nobody knows whether it would be accepted.",
            ("Client authentication was switched off at the server, or never switched on.", "Switch it on; if it was not meant to go, find out since when (`mtlsprobe_client_certificate_requested`)."),
            ("Something in front ends TLS and does not ask: a load balancer, a CDN, an ingress without the annotation.", "Compare the certificate that is served with the service's own; switch client authentication on there, or let it pass TLS through."),
            ("SNI leads to another virtual host, which does not ask.", "Look at `server_name` of the target."),
            ("The server asks for some paths only.", "Set `http.path` to one of these."),
            ("It is meant.", "Say `expect: { client_certificate_requested: false }`, or take the identity away from this target.")),
    ];
}
