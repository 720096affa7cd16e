using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>Both ends of a connection are our own binding, joined in memory: no socket, no clock.</summary>
public sealed class TlsConnectionTests
{
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Issuer = Root.Intermediate("Issuing CA");
    private static readonly TestCertificate Server = Issuer.Leaf("server.test");
    private static readonly TestCertificate Client = Issuer.Client("client");

    public static TheoryData<string> Versions => ["1.2", "1.3"];

    [Theory, MemberData(nameof(Versions))]
    public void A_mutual_handshake_records_the_request_the_answer_and_the_chain_as_presented(string version)
    {
        using var pair = new Pair(version, ClientAuthentication.Required, Client, Issuer);

        Assert.Equal(TlsStatus.Done, pair.Handshake());
        Assert.Equal(version, pair.Client.Negotiated()?.Version);
        Assert.Equal("http/1.1", pair.Client.Negotiated()?.Alpn ?? "http/1.1");
        var record = pair.Client.Record;
        Assert.Equal(1, record.CertificateRequests);
        Assert.Equal(1, record.CertificateAnswers);
        Assert.True(record.CertificatePresented);
        Assert.Equal([Server.Certificate.Sha256, Issuer.Certificate.Sha256], pair.Client.PeerCertificates().Select(Fingerprint));
        Assert.Equal([Root.X509.SubjectName.RawData], pair.Client.AcceptableIssuers());
        Assert.Empty(pair.Client.StapledOcsp());
        Assert.Contains((ushort)0x0403, pair.Client.AllowedSignatures()); // ecdsa_secp256r1_sha256
        Assert.Contains((ushort)0x0804, pair.Client.AllowedSignatures()); // rsa_pss_rsae_sha256
    }

    [Theory, MemberData(nameof(Versions))]
    public void Without_a_credential_the_answer_is_an_empty_certificate_message(string version)
    {
        using var pair = new Pair(version, ClientAuthentication.Optional, null);

        Assert.Equal(TlsStatus.Done, pair.Handshake());
        var record = pair.Client.Record;
        Assert.Equal(1, record.CertificateAnswers);
        Assert.False(record.CertificatePresented);
    }

    [Theory, MemberData(nameof(Versions))]
    public void A_server_that_does_not_ask_is_recorded_as_such_and_gets_no_certificate(string version)
    {
        using var pair = new Pair(version, ClientAuthentication.None, Client, Issuer);

        Assert.Equal(TlsStatus.Done, pair.Handshake());
        var record = pair.Client.Record;
        Assert.Equal(0, record.CertificateRequests);
        Assert.Equal(0, record.CertificateAnswers);
        Assert.Empty(pair.Client.AcceptableIssuers());
        Assert.Empty(pair.Client.AllowedSignatures());
    }

    [Fact]
    public void In_tls_1_3_the_handshake_is_done_before_the_refusal_comes_and_the_alert_is_recorded_afterwards()
    {
        using var pair = new Pair("1.3", ClientAuthentication.Required, null);

        Assert.Equal(TlsStatus.Done, pair.Handshake());
        Assert.Null(pair.Client.Record.AlertReceived);
        Assert.Equal(TlsStatus.Failed, pair.ClientReads());
        Assert.Equal(new Alert(116), pair.Client.Record.AlertReceived);
    }

    [Fact]
    public void In_tls_1_2_the_refusal_comes_inside_the_handshake_and_the_chain_is_known_nevertheless()
    {
        using var pair = new Pair("1.2", ClientAuthentication.Required, TestPki.Root("Stranger").Client("client"));

        Assert.Equal(TlsStatus.Failed, pair.Handshake());
        Assert.Equal(new Alert(48), pair.Client.Record.AlertReceived);
        Assert.Equal(2, pair.Client.PeerCertificates().Count);
    }

    [Fact]
    public void An_alert_that_answers_our_close_is_seen_and_not_taken_for_a_close()
    {
        using var pair = new Pair("1.3", ClientAuthentication.Required, TestPki.Root("Stranger").Client("client"));

        Assert.Equal(TlsStatus.Done, pair.Handshake(deliverLastFlight: false));
        pair.Client.Close();
        Assert.Equal(TlsStatus.Failed, pair.ClientReads());
        Assert.Equal(new Alert(48), pair.Client.Record.AlertReceived);
    }

    [Fact]
    public void Every_connection_is_a_full_handshake_although_the_context_is_shared()
    {
        using var client = Pair.ClientContext("1.3", Client, Issuer);
        for (var i = 0; i < 3; i++)
        {
            using var pair = new Pair(client, "1.3", ClientAuthentication.Required);
            Assert.Equal(TlsStatus.Done, pair.Handshake());
            Assert.Equal(TlsStatus.NeedsInput, pair.ClientReads());
            Assert.Equal(2, pair.Client.Record.Tickets);
            Assert.True(pair.Client.Record.CertificatePresented);
        }
    }

    [Fact]
    public void Garbage_instead_of_a_server_hello_is_an_error_and_no_crash()
    {
        using var context = Pair.ClientContext("1.3", null);
        using var client = TlsConnection.Client(context, "server.test");
        Assert.Equal(TlsStatus.NeedsInput, client.Handshake());
        client.Feed(Encoding.ASCII.GetBytes("\x16\x03\x03\x00\x10" + "0123456789abcdef"));
        Assert.Equal(TlsStatus.Failed, client.Handshake());
        Assert.NotNull(client.Record.AlertSent);
    }

    private static string Fingerprint(byte[] der) => Certificate.TryParse(der)!.Sha256;

    /// <summary>A client and a server, and the bytes between them.</summary>
    private sealed class Pair : IDisposable
    {
        private readonly TlsContext _serverContext;
        private readonly TlsContext? _clientContext;
        private readonly TlsConnection _server;

        public Pair(string version, ClientAuthentication authentication, TestCertificate? client, params TestCertificate[] intermediates)
            : this(ClientContext(version, client, intermediates), version, authentication) => _clientContext = _sharedClient;

        public Pair(TlsContext client, string version, ClientAuthentication authentication)
        {
            _sharedClient = client;
            _serverContext = TlsContext.Server(new ServerParameters
            {
                MinVersion = Version(version),
                MaxVersion = Version(version),
                Chain = [Server.Certificate.Der, Issuer.Certificate.Der],
                Key = Key(Server),
                ClientAuthentication = authentication,
                ClientAnchors = [Root.Certificate.Der],
            });
            Client = TlsConnection.Client(client, "server.test");
            _server = TlsConnection.Server(_serverContext);
        }

        private readonly TlsContext _sharedClient;

        public TlsConnection Client { get; }

        public static TlsContext ClientContext(string version, TestCertificate? client, params TestCertificate[] intermediates) =>
            TlsContext.Client(new ClientParameters
            {
                MinVersion = Version(version),
                MaxVersion = Version(version),
                Alpn = ["http/1.1"],
                Chain = client is null ? [] : [client.Certificate.Der, .. intermediates.Select(i => i.Certificate.Der)],
                Key = client is null ? null : Key(client),
            });

        /// <summary>Runs the client to its end; what the server sends after that is not delivered until <see cref="ClientReads"/>.</summary>
        public TlsStatus Handshake(bool deliverLastFlight = true)
        {
            while (true)
            {
                var status = Client.Handshake();
                if (status != TlsStatus.NeedsInput)
                {
                    if (deliverLastFlight) ToServer();
                    return status;
                }

                ToServer();
                ToClient();
            }
        }

        public TlsStatus ClientReads()
        {
            ToServer();
            ToClient();
            return Client.Read(new byte[16], out _);
        }

        public void Dispose()
        {
            Client.Dispose();
            _server.Dispose();
            _serverContext.Dispose();
            _clientContext?.Dispose();
        }

        private void ToServer()
        {
            if (!Move(Client, _server)) return;
            if (_server.Handshake() == TlsStatus.Done) _server.Read(new byte[16], out _);
        }

        private void ToClient() => Move(_server, Client);

        private static bool Move(TlsConnection from, TlsConnection to)
        {
            var buffer = new byte[64 * 1024];
            var moved = false;
            for (int count; (count = from.Drain(buffer)) > 0; moved = true) to.Feed(buffer.AsSpan(0, count));
            return moved;
        }

        private static TlsVersion Version(string version) => version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13;

        private static PrivateKey Key(TestCertificate certificate) => PrivateKey.Of(certificate.Key);
    }
}
