using System.Security.Cryptography;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>A private key that libssl never sees: it requests each signature, and only where a thread may wait for it.</summary>
public sealed class DistantKeyTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_server = s_root.Leaf("server.test");

    private readonly OwnThreads _threads = new(2, "test-steps");
    private int _asked;

    public static TheoryData<string, string> Handshakes => new() { { "rsa", "1.2" }, { "rsa", "1.3" }, { "p256", "1.2" }, { "p256", "1.3" }, { "p384", "1.3" } };

    [Theory, MemberData(nameof(Handshakes))]
    public async Task It_makes_the_same_handshake_as_a_key_in_memory(string kind, string version)
    {
        var client = s_root.Client("client", template => template with { KeyKind = Kind(kind) });
        using var key = PrivateKey.Elsewhere(client.Certificate.Der.Span, Signing(client));
        using var pair = new Ends(client, key, version);

        Assert.Equal((TlsStatus.Done, TlsStatus.Done), await pair.HandshakeAsync());
        Assert.True(pair.Client.Record.CertificatePresented);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task It_signs_only_in_a_turn_and_the_step_before_has_called_nothing()
    {
        var client = s_root.Client("client");
        using var key = PrivateKey.Elsewhere(client.Certificate.Der.Span, Signing(client));
        using var pair = new Ends(client, key, "1.3");

        Assert.Equal(TlsStatus.NeedsInput, pair.Client.Handshake());
        pair.Exchange();
        Assert.Equal(TlsStatus.NeedsSignature, pair.Client.Handshake());
        Assert.Equal(TlsStatus.NeedsSignature, pair.Client.Handshake());
        Assert.Equal((0, 1, 0), (_asked, pair.Client.Record.CertificateRequests, pair.Client.Record.CertificateAnswers));
        Assert.Equal((TlsStatus.Done, TlsStatus.Done), await pair.HandshakeAsync());
    }

    [Fact]
    public async Task A_server_that_does_not_ask_needs_no_signature()
    {
        var client = s_root.Client("client");
        using var key = PrivateKey.Elsewhere(client.Certificate.Der.Span, Signing(client));
        using var pair = new Ends(client, key, "1.3", ClientAuthentication.None);

        Assert.Equal((TlsStatus.Done, TlsStatus.Done), await pair.HandshakeAsync());
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task A_failure_to_sign_ends_the_step_and_is_reported()
    {
        var client = s_root.Client("client");
        var signing = new Signing((_, _) => throw new TokenException(Reasons.TokenUnavailable, "the token is on holiday"), _threads, "the token");
        using var key = PrivateKey.Elsewhere(client.Certificate.Der.Span, signing);
        using var pair = new Ends(client, key, "1.3");

        var status = pair.Client.Handshake();
        pair.Exchange();
        Assert.Equal(TlsStatus.NeedsInput, status);
        var (failed, fault) = await signing.RunAsync(pair.Client.Handshake, default);

        Assert.Equal((TlsStatus.Failed, "the token is on holiday"), (failed, fault?.Message));
    }

    [Fact]
    public void A_key_of_an_unsupported_type_is_refused_with_an_explanation()
    {
        using var openssl = new OpensslTool();
        openssl.Run("req -x509 -newkey ed25519 -nodes -keyout key.pem -out cert.pem -subj /CN=x -days 2");
        openssl.Run("x509 -in cert.pem -outform DER -out cert.der");

        var fault = Assert.Throws<TlsContextException>(() => PrivateKey.Elsewhere(openssl.Read("cert.der"), new Signing((_, _) => [], _threads, "nowhere")));
        Assert.Equal("a key of this kind cannot be stored elsewhere: only RSA and EC are supported", fault.Message);
    }

    [Fact]
    public async Task Its_resources_are_released_with_it()
    {
        var client = s_root.Client("client");
        var weak = await MadeAndForgotten(client);
        for (var i = 0; i < 10 && weak.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(weak.IsAlive);
    }

    private async Task<WeakReference> MadeAndForgotten(TestCertificate client)
    {
        var signing = Signing(client);
        using (var key = PrivateKey.Elsewhere(client.Certificate.Der.Span, signing))
        using (var pair = new Ends(client, key, "1.3"))
            await pair.HandshakeAsync();
        return new WeakReference(signing);
    }

    private Signing Signing(TestCertificate client) => new(
        (request, _) =>
        {
            Interlocked.Increment(ref _asked);
            var digest = request.Digest.Span;
            return client.Key switch
            {
                ECDsa ec when request.Scheme == SignatureScheme.Ecdsa => ec.SignHash(digest),
                RSA rsa when request.Scheme == SignatureScheme.Pss && request.SaltLength == digest.Length => rsa.SignHash(digest, request.Hash, RSASignaturePadding.Pss),
                RSA rsa when request.Scheme == SignatureScheme.Pkcs1 => rsa.SignHash(digest, request.Hash, RSASignaturePadding.Pkcs1),
                _ => throw new InvalidOperationException(request.ToString()),
            };
        },
        _threads,
        "a test");

    private static TestKeyKind Kind(string kind) => kind switch { "rsa" => TestKeyKind.Rsa2048, "p256" => TestKeyKind.EcP256, _ => TestKeyKind.EcP384 };

    /// <summary>Both ends, joined in memory.</summary>
    private sealed class Ends : IDisposable
    {
        private readonly TlsContext _clientContext;
        private readonly TlsContext _serverContext;
        private readonly TlsConnection _server;
        private readonly byte[] _wire = new byte[64 * 1024];

        public Ends(TestCertificate client, PrivateKey key, string version, ClientAuthentication authentication = ClientAuthentication.Required)
        {
            var only = version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13;
            _clientContext = TlsContext.Client(new ClientParameters { MinVersion = only, MaxVersion = only, Chain = [client.Certificate.Der], Key = key });
            _serverContext = TlsContext.Server(new ServerParameters
            {
                Chain = [s_server.Certificate.Der],
                Key = PrivateKey.Of(s_server.Key),
                ClientAuthentication = authentication,
                ClientAnchors = [s_root.Certificate.Der],
            });
            Client = TlsConnection.Client(_clientContext, "server.test");
            _server = TlsConnection.Server(_serverContext);
        }

        public TlsConnection Client { get; }

        /// <summary>Runs both ends to completion, as in a probe.</summary>
        public async Task<(TlsStatus Client, TlsStatus Server)> HandshakeAsync()
        {
            while (true)
            {
                var status = Client.Handshake();
                if (status == TlsStatus.NeedsSignature) (status, _) = await Client.Signing!.RunAsync(Client.Handshake, default);
                var server = Exchange();
                if (status != TlsStatus.NeedsInput) return (status, server);
            }
        }

        public TlsStatus Exchange()
        {
            for (int count; (count = Client.Drain(_wire)) > 0;) _server.Feed(_wire.AsSpan(0, count));
            var status = _server.Handshake();
            for (int count; (count = _server.Drain(_wire)) > 0;) Client.Feed(_wire.AsSpan(0, count));
            return status;
        }

        public void Dispose()
        {
            Client.Dispose();
            _server.Dispose();
            _clientContext.Dispose();
            _serverContext.Dispose();
        }
    }
}
