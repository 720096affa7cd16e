namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Application"/>.</summary>
internal static class ApplicationExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.NotHttp,
            "The handshake is complete, and what came then does not begin like HTTP/1.x. The detail quotes it, made visible.",
            ("The port speaks another protocol inside TLS.", "Set `protocol: tls` for this target."),
            ("The server speaks HTTP/2 without having agreed on it.", "Its first bytes are a SETTINGS frame. Set `protocol: tls` and `tls: { alpn: [h2] }`."),
            ("The port number is another service's.", "Compare it with the service's configuration.")),
        new(Reasons.UnexpectedStatus,
            "The server answered our request, and the status is not one that `http.expect_status` lists. The answer is no refusal of the certificate.",
            ("The path does not exist, or redirects.", "Set `http.path` to a light path that answers 200, or list the status."),
            ("The service is failing (5xx).", "Its own alerts and log lead; the credential is not at fault."),
            ("A proxy in front answers in the service's place (502, 503, 504).", "`Server` and `Via` of the answer tell who spoke: its backend is down.")),
        new(Reasons.ApplicationTimeout,
            "The request was sent, and no answer came before the time was over.",
            ("The service behind TLS is slow or hangs.", "Ask for a lighter `http.path`; look at the service."),
            ("The server drops clients that it does not want without a word (haproxy: `silent-drop`).", "Another credential gets an answer, or its log says so."),
            ("The timeout is too short.", "`mtlsprobe probe TARGET --timeout 20s` gets an answer: raise `timeout`.")),
        new(Reasons.ApplicationClosed,
            "The request was sent, and the server closed the connection without an answer. Or no request was sent, and it closed without a word, twice, although it refuses strangers by an alert: that is no refusal.",
            ("The service behind TLS is failing, or a proxy has no backend (haproxy and stunnel in TCP mode close like this).", "Look at the service, and at the proxy's log."),
            ("The server turns clients away like this (nginx: `error_page 495 496 =444`).", "Another credential gets an answer, or its log says so."),
            ("The port does not speak HTTP.", "Set `protocol: tls` for this target."),
            ("The server is being restarted.", "Once is a hiccup.")),
    ];
}
