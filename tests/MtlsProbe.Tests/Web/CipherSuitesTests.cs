using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

/// <summary>The cipher suites of our own HTTP server, as a real client sees them.</summary>
public sealed class CipherSuitesTests : IDisposable
{
    private const TlsCipherSuite Aes128 = TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    private const TlsCipherSuite Aes256 = TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384;
    private const TlsCipherSuite ChaCha20 = TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;

    private readonly TempFiles _files = new();
    private readonly ServerTls _tls;

    public CipherSuitesTests()
    {
        var leaf = TestPki.Root("Web Root").Leaf("localhost");
        _tls = new ServerTls { CertificateFile = _files.Write("web.crt", TestPki.Pem(leaf)), KeyFile = _files.Write("web.key", leaf.KeyPem) };
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_order_of_the_server_decides_and_unlisted_suites_are_refused()
    {
        await using var served = await StartAsync(Aes256, Aes128);

        Assert.Equal(Aes256, await NegotiateAsync(served, SslProtocols.Tls12, ChaCha20, Aes128, Aes256));
        Assert.Equal(Aes128, await NegotiateAsync(served, SslProtocols.Tls12, ChaCha20, Aes128));
        Assert.Null(await NegotiateAsync(served, SslProtocols.Tls12, ChaCha20));
    }

    [Fact]
    public async Task A_list_without_suites_of_TLS_1_3_does_not_affect_TLS_1_3()
    {
        await using var served = await StartAsync(Aes256);

        Assert.Equal(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, await NegotiateAsync(served, SslProtocols.Tls13, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256));
    }

    [Fact]
    public async Task A_list_with_suites_of_TLS_1_3_limits_TLS_1_3_too()
    {
        await using var served = await StartAsync(TlsCipherSuite.TLS_AES_256_GCM_SHA384, Aes256);

        Assert.Equal(TlsCipherSuite.TLS_AES_256_GCM_SHA384, await NegotiateAsync(served, SslProtocols.Tls13, TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384));
        Assert.Null(await NegotiateAsync(served, SslProtocols.Tls13, TlsCipherSuite.TLS_AES_128_GCM_SHA256));
    }

    private Task<ServedFleet> StartAsync(params TlsCipherSuite[] suites) =>
        ServedFleet.StartAsync("targets: []\n", new WebConfiguration { Tls = _tls with { CipherSuites = [.. suites] } });

    /// <returns>The suite; null if the server refuses the handshake.</returns>
    private static async Task<TlsCipherSuite?> NegotiateAsync(ServedFleet served, SslProtocols protocol, params TlsCipherSuite[] suites)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("localhost", new Uri(served.Addresses[0]).Port);
        await using var stream = new SslStream(tcp.GetStream());
#pragma warning disable CA1416 // Windows has no such policy.
        var policy = new CipherSuitesPolicy(suites);
#pragma warning restore CA1416
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocol,
                CipherSuitesPolicy = policy,
                RemoteCertificateValidationCallback = (_, served, _, _) => served!.Issuer == "CN=Web Root",
            });
            return stream.NegotiatedCipherSuite;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return null;
        }
    }
}
