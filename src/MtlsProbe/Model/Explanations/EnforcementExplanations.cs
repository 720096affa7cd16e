namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Enforcement"/>.</summary>
internal static class EnforcementExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.NotRefused,
            "The probe presented a credential of `must_reject` (or no certificate, for `none`), and the server accepted it. The evidence is the same as for any other acceptance.",
            ("`none`: client authentication is optional or off (`ssl_verify_client optional`, `verify optional`, `RequestClientCert`).", "Set it to required, or let the application refuse clients without a certificate."),
            ("A retired credential: its issuer is still in the server's client trust store.", "Remove the issuer and reload; this is the clean-up of a rotation."),
            ("A retired credential of an issuer that is still in use.", "The server accepts it until it expires, unless it checks revocation. Revoke it, wait, or remove it from `must_reject`."),
            ("The path of the probe is open to everyone, other paths are not.", "Set `http.path` to one that should be protected."),
            ("One listener, replica or virtual host of several lacks the setting.", "`addresses: all` shows which.")),
        new(Reasons.NotRequested,
            "The target has an identity, the server let us in, and it did not ask for a certificate, neither in the handshake nor for the request. Our certificate was not sent, so it is not known whether the server would accept it.",
            ("Client authentication is turned off at the server.", "Turn it on. `mtlsprobe_client_certificate_requested` shows when it was turned off."),
            ("A proxy in front terminates TLS and does not ask: a load balancer, a CDN, an ingress without the annotation.", "Compare the served certificate with that of the service. Turn on client authentication at the proxy, or let it pass TLS through."),
            ("SNI selects another virtual host, which does not ask.", "Look at `server_name` of the target."),
            ("The server asks only for some paths.", "Set `http.path` to one of these."),
            ("This is intended.", "Set `expect: { client_certificate_requested: false }`, or remove the identity from this target.")),
    ];
}
