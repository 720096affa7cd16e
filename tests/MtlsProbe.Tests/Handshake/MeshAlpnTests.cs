using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Handshake;

/// <summary>What follows when a server selects, by ALPN, one of the names that Istio's sidecars offer each other. The servers are .NET's.</summary>
public sealed class MeshAlpnTests : IDisposable
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_server = s_root.Leaf("server.test");
    private static readonly TestCertificate s_client = s_root.Client("client");

    private readonly TempFiles _files = new();
    private readonly ConcurrentQueue<string> _heard = [];
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate = X509CertificateLoader.LoadPkcs12(TempFiles.Pkcs12("", s_server), "");

    public MeshAlpnTests()
    {
        _listener.Start();
        _files.Write("root.crt", s_root.CertificatePem);
        _files.Write("client.crt", s_client.CertificatePem);
        _files.Write("client.key", s_client.KeyPem);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData("h2,http/1.1", "istio-http/1.1, istio, http/1.1", "http/1.1")]
    [InlineData("istio-http/1.1", "istio-http/1.1, istio, http/1.1", "istio-http/1.1")]
    [InlineData("", "istio", null)] // the server selects none, like Envoy if nothing fits
    public async Task Where_HTTP_or_nothing_is_agreed_the_request_decides(string spoken, string offered, string? agreed)
    {
        var (record, heard) = await ProbeAsync(spoken, $"tls: {{ alpn: [{offered}] }}");

        Assert.Equal(("accepted", agreed), (record.GetProperty("outcome").GetString(), record.GetProperty("tls").GetProperty("alpn").GetString()));
        Assert.StartsWith("GET / HTTP/1.1\r\n", heard, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("istio-peer-exchange", "http: { version: \"1.1\" }, tls: { alpn: [istio-peer-exchange, istio, http/1.1] }", "not_http")]
    [InlineData("istio", "tls: { alpn: [istio, http/1.1] }", "not_http")]
    [InlineData("istio-peer-exchange", "http: { version: \"2\" }, tls: { alpn: [istio-peer-exchange, h2] }", "not_http")]
    [InlineData("istio-peer-exchange", "protocol: grpc, tls: { alpn: [istio-peer-exchange, h2] }", "unexpected_answer")]
    public async Task If_another_protocol_is_agreed_no_request_is_sent_and_nothing_is_confirmed(string spoken, string keys, string reason)
    {
        var (record, heard) = await ProbeAsync(spoken, keys);

        var failure = record.GetProperty("failure");
        Assert.Equal(("unconfirmed", reason), (record.GetProperty("outcome").GetString(), failure.GetProperty("reason").GetString()));
        Assert.StartsWith($"the server selected {spoken} by ALPN, which protocol ", failure.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("If the service speaks the protocol of this target, remove the name", failure.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, record.GetProperty("evidence").ValueKind);
        Assert.Equal("", heard);
    }

    [Fact]
    public async Task With_protocol_tls_what_follows_the_handshake_decides_whatever_was_agreed()
    {
        var (record, heard) = await ProbeAsync("istio-peer-exchange", "protocol: tls, tls: { alpn: [istio-peer-exchange, istio] }");

        Assert.Equal(("accepted", "istio-peer-exchange", ""), (record.GetProperty("outcome").GetString(), record.GetProperty("tls").GetProperty("alpn").GetString(), heard));
    }

    [Fact]
    public async Task A_refusal_counts_whatever_protocol_was_agreed()
    {
        var (record, _) = await ProbeAsync("istio-peer-exchange", "tls: { alpn: [istio-peer-exchange, http/1.1] }", refuses: true);

        Assert.Equal("rejected", record.GetProperty("outcome").GetString());
    }

    [Theory]
    [InlineData("", "istio-http/1.1, istio-http/1.0, istio, istio-peer-exchange, http/1.1", true)]
    [InlineData("", "istio", true)]
    [InlineData("", "istio-h2, http/1.1", false)]
    [InlineData("", "istio, h2, http/1.1", false)]
    [InlineData("", "istio-quic", false)]
    [InlineData("http: { version: \"2\" }, ", "istio-h2, istio-peer-exchange, istio, h2", true)]
    [InlineData("http: { version: \"2\" }, ", "istio-h2, istio", false)]
    [InlineData("http: { version: \"2\" }, ", "istio-http/1.1, h2", false)]
    [InlineData("http: { version: \"2\" }, ", "h2, http/1.1", false)]
    [InlineData("protocol: grpc, ", "istio, h2", true)]
    [InlineData("protocol: tls, ", "istio, anything", true)]
    public void What_HTTP_may_offer_is_HTTP_and_the_names_of_Istio(string keys, string alpn, bool isGood) => Assert.Equal(
        isGood, ConfigurationFile.Parse($"targets: [{{ name: a, address: 'a.test:443', {keys}tls: {{ alpn: [{alpn}] }} }}]", "m.yml", BuiltInProtocols.All).Errors.Count == 0);

    [Theory]
    [InlineData("--alpn istio --alpn http/1.1", null)]
    [InlineData("--alpn h2", "--alpn h2 would be selected, but protocol https sends its request in HTTP/1.1")]
    [InlineData("--alpn istio --alpn istio", "--alpn has an entry twice")]
    public async Task On_the_command_line_the_same_may_be_offered(string words, string? mistake)
    {
        _ = ServeAsync("http/1.1", refuses: false);
        var printed = await Cli.Terminal.RunAsync(["probe", $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}", "--server-name", "server.test", "--ca", _files.Path("root.crt"),
            "--cert", _files.Path("client.crt"), "--key", _files.Path("client.key"), .. words.Split(' ')]);

        Assert.Equal(mistake is null ? 0 : 2, printed.Code);
        if (mistake is not null) Assert.Contains(mistake, printed.Error, StringComparison.Ordinal);
    }

    private async Task<(JsonElement Record, string Heard)> ProbeAsync(string spoken, string keys, bool refuses = false)
    {
        var file = _files.Write("m.yml", $$"""
            identities: { mesh: { current: { certificate: client.crt, key: client.key } } }
            trust: { mesh: { files: [root.crt] } }
            targets: [{ name: t, address: "127.0.0.1:{{((IPEndPoint)_listener.LocalEndpoint).Port}}", server_name: server.test, identity: mesh, trust: mesh, control: false, {{keys}} }]
            """);
        _ = ServeAsync(spoken, refuses);
        var printed = await Cli.Terminal.RunAsync("probe", "--all", "--config.file", file, "--output", "json");
        Assert.Equal("", printed.Error);
        return (Assert.Single(JsonDocument.Parse(printed.Output).RootElement.EnumerateArray()), string.Concat(_heard));
    }

    /// <summary>Serves connections until the test ends.</summary>
    private async Task ServeAsync(string spoken, bool refuses)
    {
        while (true)
        {
            try
            {
                await ServeOneAsync(await _listener.AcceptSocketAsync(), spoken, refuses);
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client has gone, or was refused.
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException)
            {
                return; // the test is over
            }
        }
    }

    private async Task ServeOneAsync(Socket socket, string spoken, bool refuses)
    {
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = _certificate,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, _, _, _) => !refuses,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = spoken.Length == 0 ? null : [.. spoken.Split(',').Select(name => new SslApplicationProtocol(name))],
        });
        var buffer = new byte[4096];
        if (await tls.ReadAsync(buffer) is not (> 0 and var count)) return;
        _heard.Enqueue(Encoding.ASCII.GetString(buffer, 0, count));
        await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        if (await tls.ReadAsync(buffer) > 0) _heard.Enqueue("and more");
    }
}
