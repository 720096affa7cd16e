using MtlsProbe.Model;

namespace MtlsProbe.Tests.Terminal;

/// <summary>Complete diagnoses.</summary>
public class TranscriptTest
{
    [Fact]
    public void A_good_result_shows_the_chain_up_to_its_anchor_and_the_parameters_of_both_sides() => Reads(Sample.Accepted,
        """
        ✔ ACCEPTED  payments (payments.internal:8443): the server accepts our certificate

          identity   checkout (current)
          connected  10.0.0.7:8443
          at         2026-11-20 17:59:59Z

        How far it got
          ✔ dns              1.2 ms
          ✔ connect          0.8 ms   10.0.0.7:8443
          ✔ handshake        4.2 ms   TLS 1.3, TLS_AES_256_GCM_SHA384, ALPN http/1.1
          · confirm      not needed   the answer decides
          ✔ application     12.3 ms   the server's HTTP answer
            total           18.5 ms

        What the server presented: a chain we trust
          CN=payments.internal
          │  issuer CN=Issuing CA 1, O=Acme
          │  serial 4e1f00d2, EC P-256, 41 days left, until 2026-12-31 18:00Z
          │  names  payments.internal, payments, 10.0.0.7
          └─ CN=Issuing CA 1, O=Acme
             │  issuer CN=Internal Root, O=Acme
             │  serial 0a77, EC P-256, 400 days left, until 2027-12-25 18:00Z
             └─ CN=Internal Root, O=Acme  (trust anchor)
                   issuer CN=Internal Root, O=Acme
                   serial 01, EC P-256, 7 years left, until 2034-10-29 18:00Z

        What the server asked for
          a client certificate from one of 2 issuers; our chain leads to one of them
            ✔ CN=Clients CA
            · CN=Partners CA

        What we presented
          CN=checkout
            issuer CN=Clients CA
            serial 5c0ffee5, 9 days left, until 2026-11-29 18:00Z
        """);

    [Fact]
    public void The_way_is_shown_with_the_place_where_the_probe_ended()
    {
        var way = new WayFacts("http://proxy.internal:3128", "v2", null, "10.0.0.5");
        var failed = Sample.Accepted with
        {
            Remote = "10.0.0.9:3128", Way = way, Outcome = Outcome.Failed, Success = false, Evidence = null, Tls = null, ClientCertificate = null, ServerCertificates = [], Chain = null,
            Failure = new Failure(Phase.Proxy, Reasons.ProxyRefused, null, "the proxy http://proxy.internal:3128 answered CONNECT payments.internal:8443 with \"HTTP/1.1 403 Forbidden\""),
            Timings = new Timings { Dns = 0.001, Connect = 0.002, Proxy = 0.003, Total = 0.006 },
        };

        var text = Sample.Transcript(failed).Replace("\n             ", " ", StringComparison.Ordinal); // the text is wrapped

        Assert.StartsWith("✘ FAILED  payments (payments.internal:8443): the proxy refused to connect us to the server\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  connected  10.0.0.9:3128\n  way        from 10.0.0.5; through the proxy http://proxy.internal:3128; PROXY header v2, which was not sent\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  ✘ proxy            3.0 ms   proxy_refused\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  result     failed: no connection, so the server did not check our certificate\n", text, StringComparison.Ordinal);
        Assert.Contains("with \"HTTP/1.1 403 Forbidden\"", text, StringComparison.Ordinal);

        var passed = Sample.Accepted with { Way = way with { Proxy = null, ProxyHeader = "PROXY TCP4 10.0.0.5 10.0.0.7 40112 8443" }, Timings = Sample.Accepted.Timings with { Starttls = 0.001 } };
        Assert.Contains("\n  way        from 10.0.0.5; PROXY header v2: PROXY TCP4 10.0.0.5 10.0.0.7 40112 8443\n", Sample.Transcript(passed).Replace("\n             ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_names_the_alert_and_its_sender() => Reads(
        Sample.Accepted with
        {
            Outcome = Outcome.Rejected,
            Success = false,
            Failure = new Failure(Phase.Confirm, Reasons.UnknownCa, new Alert(48), "the server sent alert unknown_ca (48) 0.4 ms after our certificate"),
            Evidence = Evidence.Alert,
            ClientCertificate = Sample.Accepted.ClientCertificate! with { AcceptableIssuers = ["CN=Partners CA", "CN=Old Clients CA"], IssuerAcceptable = false },
            Timings = Sample.Accepted.Timings with { Confirm = 0.0004, Application = null, Total = 0.0066 },
        },
        """
        ✘ REJECTED  payments (payments.internal:8443): the server does not know the authority that issued the client certificate

          identity   checkout (current)
          connected  10.0.0.7:8443
          at         2026-11-20 17:59:59Z

        How far it got
          ✔ dns              1.2 ms
          ✔ connect          0.8 ms   10.0.0.7:8443
          ✔ handshake        4.2 ms   TLS 1.3, TLS_AES_256_GCM_SHA384, ALPN http/1.1
          ✘ confirm          0.4 ms   unknown_ca: the server sent alert unknown_ca (48)
            total            6.6 ms

        What the server presented: a chain we trust
          CN=payments.internal
          │  issuer CN=Issuing CA 1, O=Acme
          │  serial 4e1f00d2, EC P-256, 41 days left, until 2026-12-31 18:00Z
          │  names  payments.internal, payments, 10.0.0.7
          └─ CN=Issuing CA 1, O=Acme
             │  issuer CN=Internal Root, O=Acme
             │  serial 0a77, EC P-256, 400 days left, until 2027-12-25 18:00Z
             └─ CN=Internal Root, O=Acme  (trust anchor)
                   issuer CN=Internal Root, O=Acme
                   serial 01, EC P-256, 7 years left, until 2034-10-29 18:00Z

        What the server asked for
          a client certificate from one of 2 issuers; our chain does not lead to any of them
            · CN=Partners CA
            · CN=Old Clients CA

        What we presented
          CN=checkout
            issuer CN=Clients CA
            serial 5c0ffee5, 9 days left, until 2026-11-29 18:00Z

        Verdict
          result     rejected: the server does not trust us
          reason     client_certificate / unknown_ca, in phase confirm
          evidence   the server's alert unknown_ca (48)
          detail     the server sent alert unknown_ca (48) 0.4 ms after our certificate

        What to do
          Add the issuing root to the server's client trust store and reload it; also check that our file
          has the intermediates after the leaf.
          more: mtlsprobe explain unknown_ca
        """);

    [Fact]
    public void A_refusal_by_a_close_is_described_by_what_the_server_did()
    {
        var text = Sample.Transcript(Sample.Accepted with
        {
            Expect = Expectation.Reject, Outcome = Outcome.Rejected, Evidence = Evidence.Closed, Control = new(new(ReactionKind.Closed), new(ReactionKind.Closed), null),
        });

        Assert.Contains("evidence   the server closed or reset the connection\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("to the deadline", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application", "unexpected_status", "UNEXPECTED STATUS")]
    [InlineData("server_certificate", "not_expected", "WRONG CERTIFICATE")]
    [InlineData("enforcement", "not_requested", "NO CERTIFICATE ASKED FOR")]
    [InlineData("identity", "not_found", "NOT COMPARED")]
    public void Acceptance_with_another_fault_does_not_begin_with_accepted(string @class, string reason, string words)
    {
        var failure = new Failure(Phase.Confirm, Reasons.All.Single(known => known.Class.Label() == @class && known.Label == reason), null, "");
        Assert.StartsWith($"✘ {words}  payments (payments.internal:8443): {failure.Reason.Sentence}\n", Sample.Transcript(Sample.Accepted with { Success = false, Failure = failure }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_by_http_status_is_one_although_tls_succeeded() => Reads(
        Sample.Accepted with
        {
            Outcome = Outcome.Rejected,
            Success = false,
            Failure = new Failure(Phase.Application, Reasons.ClientHttpStatus, null, "HTTP status 400, and a body that says \"The SSL certificate error\""),
            ClientCertificate = Sample.Accepted.ClientCertificate! with { AcceptableIssuers = [], IssuerAcceptable = null },
        },
        """
        ✘ REJECTED  payments (payments.internal:8443): the server completed the handshake and refused the client certificate in its HTTP response

          identity   checkout (current)
          connected  10.0.0.7:8443
          at         2026-11-20 17:59:59Z

        How far it got
          ✔ dns              1.2 ms
          ✔ connect          0.8 ms   10.0.0.7:8443
          ✔ handshake        4.2 ms   TLS 1.3, TLS_AES_256_GCM_SHA384, ALPN http/1.1
          · confirm      not needed   the answer decides
          ✘ application     12.3 ms   http_status
            total           18.5 ms

        What the server presented: a chain we trust
          CN=payments.internal
          │  issuer CN=Issuing CA 1, O=Acme
          │  serial 4e1f00d2, EC P-256, 41 days left, until 2026-12-31 18:00Z
          │  names  payments.internal, payments, 10.0.0.7
          └─ CN=Issuing CA 1, O=Acme
             │  issuer CN=Internal Root, O=Acme
             │  serial 0a77, EC P-256, 400 days left, until 2027-12-25 18:00Z
             └─ CN=Internal Root, O=Acme  (trust anchor)
                   issuer CN=Internal Root, O=Acme
                   serial 01, EC P-256, 7 years left, until 2034-10-29 18:00Z

        What the server asked for
          a client certificate; it named no issuers

        What we presented
          CN=checkout
            issuer CN=Clients CA
            serial 5c0ffee5, 9 days left, until 2026-11-29 18:00Z

        Verdict
          result     rejected: the server does not trust us
          reason     client_certificate / http_status, in phase application
          evidence   the server's HTTP answer
          detail     HTTP status 400, and a body that says "The SSL certificate error"

        What to do
          Check expiry, issuer and permissions of the client certificate. If the path needs a token and
          answers 401 or 403 to every client, list that status in http.expect_status (probe:
          --http-expect-status). Do so only then: otherwise a refusal of the certificate would count as
          success.
          more: mtlsprobe explain http_status
        """);

    [Fact]
    public void An_expired_server_certificate_is_marked_in_the_tree_and_its_anchor_is_still_shown()
    {
        var expired = Sample.Leaf with { NotAfter = Sample.Now.AddDays(-3), Sha256 = "e1" };
        Reads(
            Sample.Distrusted(
                [expired, Sample.Issuing],
                [expired, Sample.Issuing, Sample.Root],
                new ChainFault(Reasons.Expired, expired.Subject, "CN=payments.internal (serial 4e1f00d2) expired on 2026-11-17 18:00:00Z")),
            """
            ✘ FAILED  payments (payments.internal:8443): a certificate of the server has expired

              identity   checkout (current)
              connected  10.0.0.7:8443
              at         2026-11-20 17:59:59Z

            How far it got
              ✔ dns              1.2 ms
              ✔ connect          0.8 ms   10.0.0.7:8443
              ✘ handshake        4.2 ms   expired
              ✔ confirm         10.4 ms   no refusal seen; no request is sent to a server that we do not trust
                total           18.5 ms

            What the server presented: a chain we do not trust (expired)
              CN=payments.internal
              │  issuer CN=Issuing CA 1, O=Acme
              │  serial 4e1f00d2, EC P-256, expired 3 days ago, 2026-11-17 18:00Z
              │  names  payments.internal, payments, 10.0.0.7
              │  ✘ expired: CN=payments.internal (serial 4e1f00d2) expired on 2026-11-17 18:00:00Z
              └─ CN=Issuing CA 1, O=Acme
                 │  issuer CN=Internal Root, O=Acme
                 │  serial 0a77, EC P-256, 400 days left, until 2027-12-25 18:00Z
                 └─ CN=Internal Root, O=Acme  (trust anchor)
                       issuer CN=Internal Root, O=Acme
                       serial 01, EC P-256, 7 years left, until 2034-10-29 18:00Z

            What the server asked for
              a client certificate from one of 2 issuers; our chain leads to one of them
                ✔ CN=Clients CA
                · CN=Partners CA

            What we presented
              CN=checkout
                issuer CN=Clients CA
                serial 5c0ffee5, 9 days left, until 2026-11-29 18:00Z

            Verdict
              result     failed: we do not trust the server
              reason     server_certificate / expired, in phase handshake
              detail     CN=payments.internal (serial 4e1f00d2) expired on 2026-11-17 18:00:00Z

            What to do
              Renew it. If it has been renewed on disk, reload the server: it still serves the old one.
              more: mtlsprobe explain expired
            """);
    }

    [Fact]
    public void An_incomplete_chain_ends_in_the_missing_name_and_every_fault_has_its_advice() => Reads(
        Sample.Distrusted(
            [Sample.Leaf],
            [Sample.Leaf],
            new ChainFault(Reasons.IncompleteChain, null, "the issuer \"CN=Issuing CA 1, O=Acme\" was not presented and is not in the trust bundle"),
            new ChainFault(Reasons.NameMismatch, Sample.Leaf.Subject, "\"pay.example\" is none of the names payments.internal, payments, 10.0.0.7")),
        """
        ✘ FAILED  payments (payments.internal:8443): the server does not send the intermediate certificate that links its certificate to the trust bundle

          identity   checkout (current)
          connected  10.0.0.7:8443
          at         2026-11-20 17:59:59Z

        How far it got
          ✔ dns              1.2 ms
          ✔ connect          0.8 ms   10.0.0.7:8443
          ✘ handshake        4.2 ms   incomplete_chain
          ✔ confirm         10.4 ms   no refusal seen; no request is sent to a server that we do not trust
            total           18.5 ms

        What the server presented: a chain we do not trust (incomplete_chain, name_mismatch)
          CN=payments.internal
          │  issuer CN=Issuing CA 1, O=Acme
          │  serial 4e1f00d2, EC P-256, 41 days left, until 2026-12-31 18:00Z
          │  names  payments.internal, payments, 10.0.0.7
          │  ✘ name_mismatch: "pay.example" is none of the names payments.internal, payments, 10.0.0.7
          └─ ✘ missing: CN=Issuing CA 1, O=Acme (not presented, not in the trust bundle)
               ✘ incomplete_chain: the issuer "CN=Issuing CA 1, O=Acme" was not presented and is not in the
                 trust bundle

        What the server asked for
          a client certificate from one of 2 issuers; our chain leads to one of them
            ✔ CN=Clients CA
            · CN=Partners CA

        What we presented
          CN=checkout
            issuer CN=Clients CA
            serial 5c0ffee5, 9 days left, until 2026-11-29 18:00Z

        Verdict
          result     failed: we do not trust the server
          reason     server_certificate / incomplete_chain, in phase handshake
          detail     the issuer "CN=Issuing CA 1, O=Acme" was not presented and is not in the trust bundle

        What to do
          Put the issuer's certificate after the leaf in the server's certificate file and reload it; the
          detail says where to get it. If it is a root, our trust bundle lacks it (probe: --ca).
          Also, name_mismatch: Set server_name to a name in the certificate, or have it issued with this one
          as a subject alternative name (common names do not count).
          more: mtlsprobe explain incomplete_chain
        """);

    [Fact]
    public void An_untrusted_chain_ends_in_the_foreign_root_and_shows_the_unused_certificates()
    {
        var root = Sample.Named("CN=Foreign Root", "CN=Foreign Root", "99", days: 700);
        var leaf = Sample.Leaf with { Issuer = "CN=Foreign Root", Sha256 = "f0" };
        Reads(
            Sample.Distrusted([leaf, root, Sample.Issuing], [leaf, root], new ChainFault(Reasons.UntrustedIssuer, root.Subject, "\"CN=Foreign Root\" is not in the trust bundle \"internal\"")),
            """
            ✘ FAILED  payments (payments.internal:8443): the server's chain leads to an authority that is not in the trust bundle

              identity   checkout (current)
              connected  10.0.0.7:8443
              at         2026-11-20 17:59:59Z

            How far it got
              ✔ dns              1.2 ms
              ✔ connect          0.8 ms   10.0.0.7:8443
              ✘ handshake        4.2 ms   untrusted_issuer
              ✔ confirm         10.4 ms   no refusal seen; no request is sent to a server that we do not trust
                total           18.5 ms

            What the server presented: a chain we do not trust (untrusted_issuer)
              CN=payments.internal
              │  issuer CN=Foreign Root
              │  serial 4e1f00d2, EC P-256, 41 days left, until 2026-12-31 18:00Z
              │  names  payments.internal, payments, 10.0.0.7
              └─ CN=Foreign Root
                 │  issuer CN=Foreign Root
                 │  serial 99, EC P-256, 700 days left, until 2028-10-20 18:00Z
                 │  ✘ untrusted_issuer: "CN=Foreign Root" is not in the trust bundle "internal"
                 └─ ✘ ends here: not in the trust bundle
              also presented, not part of this chain:
                CN=Issuing CA 1, O=Acme
                   issuer CN=Internal Root, O=Acme
                   serial 0a77, EC P-256, 400 days left, until 2027-12-25 18:00Z

            What the server asked for
              a client certificate from one of 2 issuers; our chain leads to one of them
                ✔ CN=Clients CA
                · CN=Partners CA

            What we presented
              CN=checkout
                issuer CN=Clients CA
                serial 5c0ffee5, 9 days left, until 2026-11-29 18:00Z

            Verdict
              result     failed: we do not trust the server
              reason     server_certificate / untrusted_issuer, in phase handshake
              detail     "CN=Foreign Root" is not in the trust bundle "internal"

            What to do
              Add the new root to the trust bundle before servers use it, or check that this is the server you
              mean.
              more: mtlsprobe explain untrusted_issuer
            """);
    }

    [Fact]
    public void A_refused_connection_stops_at_the_phase_that_failed() => Reads(
        Sample.Failed(
            Phase.Connect, Reasons.ConnectionRefused, "10.0.0.7:8443 refused the connection", new Timings { Dns = 0.0012, Connect = 0.0001, Total = 0.0014 }),
        """
        ✘ FAILED  payments (payments.internal:8443): nothing listens on this port

          identity   checkout (current)
          connected  no
          at         2026-11-20 17:59:59Z

        How far it got
          ✔ dns              1.2 ms
          ✘ connect          0.1 ms   connection_refused
          · handshake   not reached
          · confirm     not reached
            total            1.4 ms

        Verdict
          result     failed: no connection, so the server did not check our certificate
          reason     network / connection_refused, in phase connect
          detail     10.0.0.7:8443 refused the connection

        What to do
          Is the service running, on this port and interface? A firewall that rejects connections looks the
          same.
          more: mtlsprobe explain connection_refused
        """);

    [Fact]
    public void A_port_that_speaks_no_tls_shows_what_it_sent_instead() => Reads(
        Sample.Failed(
            Phase.Handshake,
            Reasons.NotTls,
            "the server answered \"SSH-2.0-OpenSSH_9.2p1\u001b[2J\"",
            new Timings { Dns = 0.0012, Connect = 0.0008, Handshake = 0.0031, Total = 0.0052 }),
        """
        ✘ FAILED  payments (payments.internal:8443): the port does not speak TLS

          identity   checkout (current)
          connected  10.0.0.7:8443
          at         2026-11-20 17:59:59Z

        How far it got
          ✔ dns              1.2 ms
          ✔ connect          0.8 ms   10.0.0.7:8443
          ✘ handshake        3.1 ms   not_tls
          · confirm     not reached
            total            5.2 ms

        Verdict
          result     failed: no TLS session; the server did not check our certificate
          reason     protocol / not_tls, in phase handshake
          detail     the server answered "SSH-2.0-OpenSSH_9.2p1\u{1b}[2J"

        What to do
          Check the port number; some protocols need STARTTLS, and a proxy in between may answer in plain
          text.
          more: mtlsprobe explain not_tls
        """);

    [Fact]
    public void A_broken_credential_is_our_fault_and_nothing_was_tried() => Reads(
        Sample.Failed(
            Phase.Identity, Reasons.KeyMismatch, "certs/checkout.key is not the key of certs/checkout.crt", new Timings { Total = 0 }),
        """
        ✘ FAILED  payments (payments.internal:8443): the private key does not belong to the certificate

          identity   checkout (current)
          connected  no
          at         2026-11-20 17:59:59Z

        How far it got
          ✘ identity                  key_mismatch
          · dns         not reached
          · connect     not reached
          · handshake   not reached
          · confirm     not reached
            total            0.0 ms

        Verdict
          result     failed: our own files are at fault; the server was not contacted
          reason     identity / key_mismatch, in phase identity
          detail     certs/checkout.key is not the key of certs/checkout.crt

        What to do
          Only one of the two files has been replaced, or the files of two credentials are mixed. The leaf
          has to be the first certificate in its file.
          more: mtlsprobe explain key_mismatch
        """);

    [Fact]
    public void A_server_without_a_sign_is_neither_good_nor_bad() => Reads(
        Sample.Accepted with
        {
            Outcome = Outcome.Unconfirmed,
            Success = false,
            Failure = new Failure(Phase.Confirm, Reasons.NoConfirmation, null, "no ticket, no alert and no close within 5 s"),
            Evidence = Evidence.Silence,
            Tls = Sample.Accepted.Tls! with { Alpn = null },
            Timings = Sample.Accepted.Timings with { Dns = null, Confirm = 4.9938, Application = null, Total = 5 },
        },
        """
        ✘ UNCONFIRMED  payments (payments.internal:8443): the handshake completed, but nothing shows whether the server accepts us

          identity   checkout (current)
          connected  10.0.0.7:8443
          at         2026-11-20 17:59:59Z

        How far it got
          · dns          not needed
          ✔ connect          0.8 ms   10.0.0.7:8443
          ✔ handshake        4.2 ms   TLS 1.3, TLS_AES_256_GCM_SHA384
          ✘ confirm      4,993.8 ms   no_confirmation
            total        5,000.0 ms

        What the server presented: a chain we trust
          CN=payments.internal
          │  issuer CN=Issuing CA 1, O=Acme
          │  serial 4e1f00d2, EC P-256, 41 days left, until 2026-12-31 18:00Z
          │  names  payments.internal, payments, 10.0.0.7
          └─ CN=Issuing CA 1, O=Acme
             │  issuer CN=Internal Root, O=Acme
             │  serial 0a77, EC P-256, 400 days left, until 2027-12-25 18:00Z
             └─ CN=Internal Root, O=Acme  (trust anchor)
                   issuer CN=Internal Root, O=Acme
                   serial 01, EC P-256, 7 years left, until 2034-10-29 18:00Z

        What the server asked for
          a client certificate from one of 2 issuers; our chain leads to one of them
            ✔ CN=Clients CA
            · CN=Partners CA

        What we presented
          CN=checkout
            issuer CN=Clients CA
            serial 5c0ffee5, 9 days left, until 2026-11-29 18:00Z

        Verdict
          result     unconfirmed: the server neither accepted nor refused us
          reason     protocol / no_confirmation, in phase confirm
          evidence   the server stayed silent until the deadline
          detail     no ticket, no alert and no close within 5 s

        What to do
          The server waits for the client to speak first. Set protocol to what the server speaks, so that
          the probe sends a request, or raise the timeout.
          more: mtlsprobe explain no_confirmation
        """);

    [Theory]
    [InlineData(Identity.None, false, "; we sent none\n")]
    [InlineData("checkout", false, "; we sent none\n")] // there is one, but libssl did not send it
    [InlineData("checkout", true, "in its HTTP response\n")]
    public void A_refusal_for_lack_of_a_certificate_says_that_none_was_sent(string identity, bool sent, string headline)
    {
        var transcript = Sample.Transcript(Sample.Accepted with
        {
            Identity = identity,
            Outcome = Outcome.Rejected,
            Success = false,
            Failure = new Failure(Phase.Application, Reasons.ClientHttpStatus, null, "the server answered with HTTP status 400"),
            ClientCertificate = Sample.Accepted.ClientCertificate! with { Presented = sent ? Sample.Client : null },
        });

        Assert.EndsWith(headline, transcript[..(transcript.IndexOf('\n', StringComparison.Ordinal) + 1)]);
    }

    private static void Reads(ProbeResult result, string expected) => Assert.Equal(expected + "\n", Sample.Transcript(result));
}
