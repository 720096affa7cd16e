namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Application"/>.</summary>
internal static class ApplicationExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.NotHttp,
            "The handshake is complete, but the answer is not HTTP of the requested version. The detail quotes its beginning.",
            ("The port speaks another protocol inside TLS.", "Set `protocol` to it, or to `tls` if MtlsProbe does not support it."),
            ("The server speaks HTTP/2 without having agreed on it.", "Its first bytes are a SETTINGS frame. Set `http: { version: \"2\" }`."),
            ("The port belongs to another service.", "Compare it with the service's configuration.")),
        new(Reasons.UnexpectedStatus,
            "The server answered our request, and the status is not one that `http.expect_status` lists. The answer is not a refusal of the certificate.",
            ("The path does not exist, or redirects.", "Set `http.path` to a cheap path that answers 200, or list the status."),
            ("The service is failing (5xx).", "Read its own alerts and log; the credential is not the cause."),
            ("A proxy in front of it answers instead of the service (502, 503, 504).", "The headers `Server` and `Via` show which proxy answered: its backend is down.")),
        new(Reasons.UnexpectedAnswer,
            "The server answered after the handshake with something that the protocol of the target does not allow at that point, or exceeded its limits (a line that does not end, a packet that is too long, a wrong number). With outcome `unconfirmed`, nothing shows whether it accepts the credential; with `accepted`, it continued, but not as expected.",
            ("The port speaks another protocol inside TLS.", "The detail quotes the beginning of the answer. Compare `protocol` and the port with the service's configuration."),
            ("The server refuses the request for another reason: it does not have the name, the user or the version.", "The detail has its message; set the keys of the target's block."),
            ("A proxy in between changes the messages.", "Probe the service directly, at its own address.")),
        new(Reasons.NotServing,
            "The server answered in the protocol of the target that it is not serving at the moment: a gRPC health check with NOT_SERVING, a database that is starting, a broker that is unavailable, a mail server with 421. The certificate is not the cause. If the target has a login, the login was not checked either, and the outcome is `unconfirmed`.",
            ("The service is starting, stopping or recovering.", "A single failure is normal; its log shows the progress."),
            ("It is overloaded: too many connections or clients.", "Check its limits and metrics."),
            ("It reports itself unhealthy, or does not know the service that we asked for.", "Check its health endpoint, and `grpc.service` of the target.")),
        new(Reasons.LoginRefused,
            "The target has a `login` with a password, the handshake succeeded, and the server refused the login without mentioning a certificate. Servers send the same answer for a wrong password, an unknown user and a certificate of another user, so it is not known whether the server accepts the credential.",
            ("The password is wrong, or has been changed.", "Log in by hand with the content of `password_file`; a newline after the password is ignored, other white space is not."),
            ("The user does not exist, is locked, or may not log in from this host.", "The server's log at the time of the probe."),
            ("The server requires another certificate for this user (MySQL: `REQUIRE SUBJECT`, `REQUIRE ISSUER`).", "Compare the subject of the credential with the user's rule. MySQL answers 1045 in both cases.")),
        new(Reasons.ApplicationTimeout,
            "The request was sent, and no answer came within the timeout.",
            ("The service behind TLS is slow or hangs.", "Use a cheaper `http.path`; check the service."),
            ("The server silently drops clients that it refuses (haproxy: `silent-drop`).", "A probe with another credential gets an answer, or the server's log says so."),
            ("The timeout is too short.", "`mtlsprobe probe TARGET --timeout 20s` gets an answer: raise `timeout`.")),
        new(Reasons.ApplicationClosed,
            "The request was sent, and the server closed the connection without an answer. Or the server closed without an alert, twice, before a request was sent, although it sends an alert to clients with an unknown certificate. This does not count as a refusal.",
            ("The service behind TLS is failing, or a proxy has no backend (haproxy and stunnel in TCP mode close like this).", "Check the service and the proxy's log."),
            ("The server refuses clients like this (nginx: `error_page 495 496 =444`).", "A probe with another credential gets an answer, or the server's log says so."),
            ("The port speaks another protocol than the target says.", "Set `protocol` to it, or to `tls` if MtlsProbe does not support it."),
            ("The server is being restarted.", "A single failure is normal.")),
    ];
}
