namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Application"/>.</summary>
internal static class ApplicationExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.NotHttp,
            "The handshake is complete, and what came then is not HTTP of the version that was asked for. The detail quotes its beginning, made visible.",
            ("The port speaks another protocol inside TLS.", "Set `protocol` to it, or to `tls` where it is none that the prober speaks."),
            ("The server speaks HTTP/2 without having agreed on it.", "Its first bytes are a SETTINGS frame. Set `http: { version: \"2\" }`."),
            ("The port number is another service's.", "Compare it with the service's configuration.")),
        new(Reasons.UnexpectedStatus,
            "The server answered our request, and the status is not one that `http.expect_status` lists. The answer is no refusal of the certificate.",
            ("The path does not exist, or redirects.", "Set `http.path` to a light path that answers 200, or list the status."),
            ("The service is failing (5xx).", "Its own alerts and log lead; the credential is not at fault."),
            ("A proxy in front answers in the service's place (502, 503, 504).", "`Server` and `Via` of the answer tell who spoke: its backend is down.")),
        new(Reasons.UnexpectedAnswer,
            "The server answered after the handshake with something that the protocol of the target does not have there, or broke its bounds (a line without an end, a packet that is too long, a wrong number). With `unconfirmed` nothing shows what it makes of the credential; with `accepted` it went on, though not as it should.",
            ("The port speaks another protocol inside TLS.", "The detail quotes its first words. Compare `protocol` and the port with the service's configuration."),
            ("The server refuses what was asked for a reason of its own: a name, a user or a version that it does not have.", "The detail has its words; set the keys of the target's block."),
            ("A proxy in between changes what is said.", "Ask the service itself, at its own address.")),
        new(Reasons.NotServing,
            "The server answered in the protocol of the target that it is there and does not serve: a gRPC health check with NOT_SERVING, a database that is starting, a broker that is unavailable, a mail server with 421. The answer says nothing against the certificate. At a login nothing was decided about it either: the outcome is `unconfirmed` then.",
            ("The service is starting, stopping or recovering.", "Once is a hiccup; its log tells how far it is."),
            ("It is overloaded: too many connections or clients.", "Its own limits and metrics."),
            ("It reports itself unhealthy, or does not know the service that we asked for.", "Its health endpoint, and `grpc.service` of the target.")),
        new(Reasons.LoginRefused,
            "The target has a `login` with a password, the session stands, and the server refused the login in words that do not speak of a certificate. Servers say the same for a wrong password, an unknown user and a certificate that is not the user's, so that nothing shows what it makes of the credential.",
            ("The password is wrong, or has been changed.", "Log in by hand with the content of `password_file`; a line's end after the password is ignored, other white space is not."),
            ("The user does not exist, is locked, or may not log in from this host.", "The server's log at the time of the probe."),
            ("The server wants another certificate of this user (MySQL: `REQUIRE SUBJECT`, `REQUIRE ISSUER`).", "Compare the subject of the credential with the user's rule. MySQL says 1045 for either.")),
        new(Reasons.ApplicationTimeout,
            "The request was sent, and no answer came before the time was over.",
            ("The service behind TLS is slow or hangs.", "Ask for a lighter `http.path`; look at the service."),
            ("The server drops clients that it does not want without a word (haproxy: `silent-drop`).", "Another credential gets an answer, or its log says so."),
            ("The timeout is too short.", "`mtlsprobe probe TARGET --timeout 20s` gets an answer: raise `timeout`.")),
        new(Reasons.ApplicationClosed,
            "The request was sent, and the server closed the connection without an answer. Or no request was sent, and it closed without a word, twice, although it refuses strangers by an alert: that is no refusal.",
            ("The service behind TLS is failing, or a proxy has no backend (haproxy and stunnel in TCP mode close like this).", "Look at the service, and at the proxy's log."),
            ("The server turns clients away like this (nginx: `error_page 495 496 =444`).", "Another credential gets an answer, or its log says so."),
            ("The port speaks another protocol than the target says.", "Set `protocol` to it, or to `tls` where it is none that the prober speaks."),
            ("The server is being restarted.", "Once is a hiccup.")),
    ];
}
