using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>The taxonomy: every reason for which a probe can fail, each with its sentence and its hint. Reasons are declared only here.</summary>
internal static class Reasons
{
    // network: may be temporary
    public static readonly Reason DnsNotFound = new(FailureClass.Network, "dns_not_found", "the name does not exist in DNS",
        "Check the spelling of the address, and whether this machine's resolver can resolve the zone.");
    public static readonly Reason DnsFailed = new(FailureClass.Network, "dns_failed", "the name could not be resolved",
        "The resolver did not answer or failed; try `getent hosts NAME` on this machine.");
    public static readonly Reason ConnectionRefused = new(FailureClass.Network, "connection_refused", "nothing listens on this port",
        "Is the service running, on this port and interface? A firewall that rejects connections looks the same.");
    public static readonly Reason Unreachable = new(FailureClass.Network, "unreachable", "there is no route to this address",
        "Check routes, network policies and whether the address family (IPv4, IPv6) is usable from here.");
    public static readonly Reason ConnectTimeout = new(FailureClass.Network, "connect_timeout", "the TCP connection was not answered in time",
        "A firewall or network policy that drops packets, or a host that is down, looks like this.");
    public static readonly Reason ConnectionReset = new(FailureClass.Network, "connection_reset", "the connection was reset before the TLS handshake gave any result",
        "A load balancer without healthy backends, or a crashing server, looks like this. If it lasts, read the server's log.");

    public static readonly Reason ProxyRefused = new(FailureClass.Network, "proxy_refused", "the proxy refused to connect us to the server",
        "The detail has the proxy's answer. 407 or a refused user: check username and password_file. 403 or \"not allowed\": check the rules of the proxy. 502 to 504, or a host that is unreachable: the proxy cannot reach the server.");
    public static readonly Reason ProxyFailed = new(FailureClass.Network, "proxy_failed", "the proxy cannot be reached, or its answer is not that of a proxy",
        "Check that the proxy is running, and check proxy of this target: scheme (http or socks5), host and port (probe: --proxy). The server was not contacted.");
    public static readonly Reason SourceUnusable = new(FailureClass.Network, "source_unusable", "no connection can be opened from the source address of this target",
        "Check source_address of this target (probe: --source-address) against the addresses of this machine (`ip addr`), and its family against that of the server. The server was not contacted.");

    // protocol: no TLS session possible
    public static readonly Reason NotTls = new(FailureClass.Protocol, "not_tls", "the port does not speak TLS",
        "Check the port number; some protocols need STARTTLS, and a proxy in between may answer in plain text.");
    public static readonly Reason HandshakeTimeout = new(FailureClass.Protocol, "handshake_timeout", "the TLS handshake did not finish in time",
        "The server accepted the connection and then sent nothing more: it is overloaded or hung, or a middlebox drops large packets.");
    public static readonly Reason ProtocolClosed = new(FailureClass.Protocol, "closed", "the server closed the connection during the TLS handshake",
        "The handshake ended before client certificates were exchanged. Read the server's log; a proxy without a backend or a missing SNI route looks like this.");
    public static readonly Reason ProtocolVersion = new(FailureClass.Protocol, "protocol_version", "client and server have no TLS version in common",
        "Compare tls.min_version and tls.max_version of this target with what the server offers.");
    public static readonly Reason NoSharedCipher = new(FailureClass.Protocol, "no_shared_cipher", "client and server have no cipher suite, group or signature algorithm in common",
        "Check the server's cipher list, and whether it fits the type of the server's key.");
    public static readonly Reason UnrecognizedName = new(FailureClass.Protocol, "unrecognized_name", "the server does not know the name that we sent as SNI",
        "Check server_name of this target against the server's virtual hosts.");
    public static readonly Reason NoApplicationProtocol = new(FailureClass.Protocol, "no_application_protocol", "the server supports none of the ALPN protocols that we offered",
        "Set tls.alpn of this target to what the server speaks, for example [h2].");
    public static readonly Reason StarttlsRefused = new(FailureClass.Protocol, "starttls_refused", "the server refused to start TLS",
        "Check that TLS is enabled in the server for this protocol.");
    public static readonly Reason Misdirected = new(FailureClass.Protocol, "misdirected", "the server does not answer for the name that we asked for (HTTP status 421)",
        "Set server_name of this target to a name that the server answers for at this address; a proxy in front of it may forward the request under another name.");
    public static readonly Reason NoConfirmation = new(FailureClass.Protocol, "no_confirmation", "the handshake completed, but nothing shows whether the server accepts us",
        "The server waits for the client to speak first. Set protocol to what the server speaks, so that the probe sends a request, or raise the timeout.");
    public static readonly Reason TlsError = new(FailureClass.Protocol, "tls_error", "the TLS handshake failed for a reason that is not about the client certificate",
        "The detail has the alert or the library's error; read the server's log at the time of the probe.");

    // server_certificate: we do not trust the server
    public static readonly Reason Expired = new(FailureClass.ServerCertificate, "expired", "a certificate of the server has expired",
        "Renew it. If it has been renewed on disk, reload the server: it still serves the old one.");
    public static readonly Reason NotYetValid = new(FailureClass.ServerCertificate, "not_yet_valid", "a certificate of the server is not valid yet",
        "Compare the clocks of this machine, of the server and of the issuer.");
    public static readonly Reason NameMismatch = new(FailureClass.ServerCertificate, "name_mismatch", "the server's certificate is not for this name",
        "Set server_name to a name in the certificate, or have it issued with this one as a subject alternative name (common names do not count).");
    public static readonly Reason IdMismatch = new(FailureClass.ServerCertificate, "id_mismatch", "the server's certificate does not have the expected SPIFFE ID",
        "Compare server_id of this target (probe: --server-id) with the ID that the detail names: the workload was registered again, or another workload answers at this address.");
    public static readonly Reason UntrustedIssuer = new(FailureClass.ServerCertificate, "untrusted_issuer", "the server's chain leads to an authority that is not in the trust bundle",
        "Add the new root to the trust bundle before servers use it, or check that this is the server you mean.");
    public static readonly Reason SelfSigned = new(FailureClass.ServerCertificate, "self_signed", "the server's certificate is self-signed",
        "Often this is a default or placeholder certificate: check which one the server loads for this name. If it is intended, add it to the trust bundle.");
    public static readonly Reason IncompleteChain = new(FailureClass.ServerCertificate, "incomplete_chain", "the server does not send the intermediate certificate that links its certificate to the trust bundle",
        "Put the issuer's certificate after the leaf in the server's certificate file and reload it; the detail says where to get it. If it is a root, our trust bundle lacks it (probe: --ca).");
    public static readonly Reason WrongUsage = new(FailureClass.ServerCertificate, "wrong_usage", "the server's certificate may not be used for a TLS server",
        "Have it issued with extended key usage serverAuth and key usage digitalSignature.");
    public static readonly Reason ConstraintViolated = new(FailureClass.ServerCertificate, "constraint_violated", "the server's chain breaks a constraint that one of its certificates sets",
        "The detail names the certificate and the rule (CA flag, path length, name constraints, critical extension, dates); the issuer has to correct it.");
    public static readonly Reason Weak = new(FailureClass.ServerCertificate, "weak", "the server's chain uses a key or a signature that is too weak",
        "Have it issued again with SHA-256 or better and RSA 2048, EC P-256 or better.");
    public static readonly Reason BadSignature = new(FailureClass.ServerCertificate, "bad_signature", "a signature in the server's chain is not valid",
        "The authority has a new key under the same name, or a file is corrupted: compare the issuer's certificate with the one that signed.");
    public static readonly Reason Revoked = new(FailureClass.ServerCertificate, "revoked", "the server's certificate has been revoked",
        "The detail names the evidence: the stapled OCSP response, a revocation list or an OCSP responder. Issue a new certificate with a new key, and find out why it was revoked.");
    public static readonly Reason RevocationUnknown = new(FailureClass.ServerCertificate, "revocation_unknown", "there is no evidence whether a certificate of the server has been revoked, and the trust bundle requires it",
        "The detail names what is missing: a revocation list that has expired, cannot be fetched or is not signed by its issuer, or a responder that does not answer. Fix that, or set when_unknown: accept under revocation of the trust bundle.");
    public static readonly Reason NotExpected = new(FailureClass.ServerCertificate, "not_expected", "the server does not serve the expected certificate",
        "The renewed certificate is issued but not served: reload the server, or find the replica that missed it.");

    /// <summary>Advice for a refusal after libssl did not send our certificate, because it does not fit the server's request (RFC 8446 §4.3.2).</summary>
    public const string WithheldHint =
        "The server's request does not allow the type of our key or its signature algorithms, so our certificate was not sent. "
        + "Issue the credential with another type of key (RSA, EC), or allow this one in the server's signature algorithms for clients.";

    // client_certificate: the server does not trust us
    public static readonly Reason CertificateRequired = new(FailureClass.ClientCertificate, "certificate_required", "the server requires a client certificate, and none was sent",
        "Configure an identity for this target (probe: --cert and --key).");
    public static readonly Reason BadCertificate = new(FailureClass.ClientCertificate, "bad_certificate", "the server refused the client certificate as bad",
        "Servers written in Go send this alert for every fault: check expiry, issuer and usage of the client certificate, and the server's log.");
    public static readonly Reason UnsupportedCertificate = new(FailureClass.ClientCertificate, "unsupported_certificate", "the server refused the kind or the purpose of the client certificate",
        "Check that it has extended key usage clientAuth, and a key type that the server allows.");
    public static readonly Reason CertificateRevoked = new(FailureClass.ClientCertificate, "certificate_revoked", "the server refused the client certificate as revoked",
        "Issue a new credential; if it should not be revoked, check the server's CRL or OCSP responder.");
    public static readonly Reason CertificateExpired = new(FailureClass.ClientCertificate, "certificate_expired", "the server refused the client certificate as expired or not yet valid",
        "Renew the client certificate. If it is still valid here, compare the server's clock, and the intermediates' expiry.");
    public static readonly Reason CertificateUnknown = new(FailureClass.ClientCertificate, "certificate_unknown", "the server refused the client certificate without saying why",
        "Java servers send this alert for every fault: check expiry, issuer and usage of the client certificate, and the server's log.");
    public static readonly Reason UnknownCa = new(FailureClass.ClientCertificate, "unknown_ca", "the server does not know the authority that issued the client certificate",
        "Add the issuing root to the server's client trust store and reload it; also check that our file has the intermediates after the leaf.");
    public static readonly Reason AccessDenied = new(FailureClass.ClientCertificate, "access_denied", "the server knows the client certificate but denies it access",
        "Check the server's access rules for this subject or subject alternative name.");
    public static readonly Reason HandshakeFailure = new(FailureClass.ClientCertificate, "handshake_failure", "the server aborted the handshake after our answer to its certificate request",
        "TLS 1.2 servers send this alert when the client certificate is missing or its type is not accepted; read the server's log.");
    public static readonly Reason DecryptError = new(FailureClass.ClientCertificate, "decrypt_error", "the server could not verify our signature",
        "Key and certificate may not belong together, or the server does not support the signature algorithm.");
    public static readonly Reason ClosedWithoutAlert = new(FailureClass.ClientCertificate, "closed_without_alert", "the server closed the connection after our answer to its certificate request, without an alert",
        "Node.js and .NET servers refuse like this. Check expiry, issuer and usage of the client certificate; the reason is in the server's log.");
    public static readonly Reason ClientHttpStatus = new(FailureClass.ClientCertificate, "http_status", "the server completed the handshake and refused the client certificate in its HTTP response",
        "Check expiry, issuer and permissions of the client certificate. If the path needs a token and answers 401 or 403 to every client, list that status in http.expect_status (probe: --http-expect-status). Do so only then: otherwise a refusal of the certificate would count as success.");

    public static readonly Reason RefusedByProtocol = new(FailureClass.ClientCertificate, "refused_by_protocol", "the handshake completed, and the server refused the client certificate in its own protocol",
        "The detail has the server's message. Check expiry, issuer, usage and subject of the client certificate, and the user or rule that the server maps it to. Its log has more.");

    // identity: our own files
    public static readonly Reason NotFound = new(FailureClass.Identity, "not_found", "a file or secret of the credential, the trust bundle, the expected certificate or a password does not exist",
        "Check the path or name in the configuration. If it is a file of a mounted secret, check the mount.");
    public static readonly Reason Unreadable = new(FailureClass.Identity, "unreadable", "a file or secret of the credential, the trust bundle, the expected certificate or a password cannot be read",
        "For a file, check whether the user of this process may read it and enter its directories (owner and mode). For a source such as Vault or a cluster, the detail says why.");
    public static readonly Reason BadFormat = new(FailureClass.Identity, "bad_format", "a file or secret of the credential, the trust bundle, the expected certificate or a password is not in a format we know",
        "Certificates: PEM. Keys: PEM, PKCS#1, SEC1 or PKCS#8. Bundles of both: PKCS#12, JKS or JCEKS, with the key `keystore`.");
    public static readonly Reason NotIssued = new(FailureClass.Identity, "not_issued", "the agent or server that credentials and trust bundles come from has issued none to this process",
        "Register this process there: SPIRE needs an entry whose selectors match it, and the log of its agent lists the selectors that it found. Also check the ID, the hint or the trust domain in the configuration.");
    public static readonly Reason WrongPassphrase = new(FailureClass.Identity, "wrong_passphrase", "the passphrase does not open the private key",
        "Check passphrase_file; a newline at its end is ignored, other white space is not.");
    public static readonly Reason KeyMismatch = new(FailureClass.Identity, "key_mismatch", "the private key does not belong to the certificate",
        "Only one of the two files has been replaced, or the files of two credentials are mixed. The leaf has to be the first certificate in its file.");
    public static readonly Reason TokenUnavailable = new(FailureClass.Identity, "token_unavailable", "the token with the private key cannot sign",
        "The detail says what is missing: the PKCS#11 module, the token, the key in it, or an answer in time. MtlsProbe retries the token automatically; the fault ends with the first successful signature.");
    public static readonly Reason WrongPin = new(FailureClass.Identity, "wrong_pin", "the token refuses the PIN",
        "Write the right PIN to pin_file; a newline at its end is ignored. MtlsProbe does not retry a refused PIN, because tokens lock after a few attempts.");

    // application: after the handshake
    public static readonly Reason NotHttp = new(FailureClass.Application, "not_http", "the handshake completed, but the server does not answer in HTTP",
        "Set protocol to what the server speaks (tls if none is known), or check the port. Only an HTTP answer would show whether the credential is accepted.");
    public static readonly Reason UnexpectedStatus = new(FailureClass.Application, "unexpected_status", "the server accepted us but answered with a status that is not expected",
        "Check http.path and http.expect_status of this target (probe: --http-path, --http-expect-status), or the service itself.");
    public static readonly Reason UnexpectedAnswer = new(FailureClass.Application, "unexpected_answer", "the handshake completed, but the server's answer does not follow its protocol",
        "The detail quotes the answer. Check protocol and port of this target, and the service itself.");
    public static readonly Reason NotServing = new(FailureClass.Application, "not_serving", "the server reports that it is not serving",
        "The service is starting, stopping, overloaded or reports itself unhealthy. The credential is not the cause: look at the service's own alerts and log.");
    public static readonly Reason LoginRefused = new(FailureClass.Application, "login_refused", "the handshake completed, and the server refused the login; the cause may be the user or the password",
        "The detail has the server's message. Check the user and its password_file. If both are right, check the server's rule for the certificate of this user. Its log has more.");
    public static readonly Reason ApplicationTimeout = new(FailureClass.Application, "timeout", "the handshake completed, but the server did not answer the request in time",
        "The service behind TLS is slow or hung, or the server silently drops clients whose certificate it refuses (haproxy: silent-drop). Its log shows which, and so does a probe with another credential.");
    public static readonly Reason ApplicationClosed = new(FailureClass.Application, "closed", "the handshake completed, but the server closed the connection without an answer",
        "The service behind TLS is failing or does not speak the protocol of this target, or the server closes on clients whose certificate it refuses (nginx: error_page 495 496 =444). Its log shows which, and so does a probe with another credential.");

    // enforcement
    public static readonly Reason NotRefused = new(FailureClass.Enforcement, "not_refused", "the server let in a credential that it must refuse",
        "Make client authentication required on the server, or remove the trust entry that admits this credential.");
    public static readonly Reason NotRequested = new(FailureClass.Enforcement, "not_requested", "the server lets us in without asking for a client certificate: mTLS is not enforced here",
        "Turn on client authentication at the server, or at the proxy that terminates TLS in front of it. If this is intended, set expect: { client_certificate_requested: false }, or remove the identity from the target (probe: omit --cert).");

    // internal
    public static readonly Reason InternalFault = new(FailureClass.Internal, "internal", "the prober failed, not the server",
        "This is a bug in MtlsProbe: please report it with the log line of this probe.");

    /// <summary>Advice for a probe that failed for lack of resources, without a fault of the prober.</summary>
    public const string ScarcityHint =
        "This process or its system had no file descriptors, threads or memory left: raise the limits (systemd: LimitNOFILE, TasksMax, MemoryMax; shell: ulimit -n), "
        + "or find out what else uses them. The probe says nothing about the server.";

    /// <summary>Every reason, in the order of this file.</summary>
    public static readonly ValueList<Reason> All =
    [
        DnsNotFound, DnsFailed, ConnectionRefused, Unreachable, ConnectTimeout, ConnectionReset, ProxyRefused, ProxyFailed, SourceUnusable,
        NotTls, HandshakeTimeout, ProtocolClosed, ProtocolVersion, NoSharedCipher, UnrecognizedName, NoApplicationProtocol, StarttlsRefused,
        Misdirected, NoConfirmation, TlsError,
        Expired, NotYetValid, NameMismatch, IdMismatch, UntrustedIssuer, SelfSigned, IncompleteChain, WrongUsage, ConstraintViolated, Weak, BadSignature,
        Revoked, RevocationUnknown, NotExpected,
        CertificateRequired, BadCertificate, UnsupportedCertificate, CertificateRevoked, CertificateExpired, CertificateUnknown, UnknownCa,
        AccessDenied, HandshakeFailure, DecryptError, ClosedWithoutAlert, ClientHttpStatus, RefusedByProtocol,
        NotFound, Unreadable, BadFormat, NotIssued, WrongPassphrase, KeyMismatch, TokenUnavailable, WrongPin,
        NotHttp, UnexpectedStatus, UnexpectedAnswer, NotServing, LoginRefused, ApplicationTimeout, ApplicationClosed,
        NotRefused, NotRequested,
        InternalFault,
    ];
}
