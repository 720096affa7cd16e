using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Demo;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.Demo;

/// <summary>The server for the demo and tests, seen by another implementation: the client of the base class library.</summary>
public sealed class TlsServerTests
{
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Foreign = TestPki.Root("Foreign root");
    private static readonly TestCertificate Client = Root.Client("client");
    private static readonly TestCertificate Stranger = Foreign.Client("stranger");

    private readonly TaskCompletionSource<Alert?> _alertSent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(TlsVersion.Tls12)]
    [InlineData(TlsVersion.Tls13)]
    internal async Task A_client_with_a_good_certificate_gets_its_answer(TlsVersion version)
    {
        await using var server = Serve(Parameters("a.test") with { MaxVersion = version }, Behaviours.AnswerHttp(200, "OK", "hello"));

        var answer = await GetAsync(server, Client);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello", answer, StringComparison.Ordinal);
        Assert.Null(await _alertSent.Task);
    }

    [Theory]
    [InlineData(TlsVersion.Tls12)]
    [InlineData(TlsVersion.Tls13)]
    internal async Task A_client_of_a_foreign_authority_is_refused_with_alert_unknown_ca(TlsVersion version)
    {
        await using var server = Serve(Parameters("a.test") with { MaxVersion = version }, Behaviours.AnswerHttp(200, "OK", ""));

        await Assert.ThrowsAnyAsync<Exception>(() => GetAsync(server, Stranger));

        Assert.Equal(new Alert(48), await _alertSent.Task);
    }

    [Fact]
    public async Task A_replaced_certificate_is_served_to_the_next_client()
    {
        await using var server = Serve(Parameters("old.test"), Behaviours.AnswerHttp(200, "OK", ""));
        Assert.Equal("CN=old.test", await ServedSubjectAsync(server));

        server.Replace(Parameters("new.test"));

        Assert.Equal("CN=new.test", await ServedSubjectAsync(server));
    }

    [Fact]
    public async Task A_weak_key_is_served_where_that_is_allowed()
    {
        await using var server = Serve(
            Parameters("weak.test", TestKeyKind.Rsa1024) with { AllowWeak = true, ClientAuthentication = ClientAuthentication.None },
            Behaviours.AnswerHttp(200, "OK", ""));

        Assert.Equal("CN=weak.test", await ServedSubjectAsync(server));
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_clients_that_stay()
    {
        var server = Serve(Parameters("a.test"), Behaviours.Silence);
        using var idle = new TcpClient();
        await idle.ConnectAsync(IPAddress.Loopback, server.Port);

        await server.DisposeAsync();

        Assert.Equal(0, await idle.GetStream().ReadAsync(new byte[1]));
        using var late = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(IPAddress.Loopback, server.Port));
    }

    [Fact]
    public async Task Clients_that_send_no_TLS_do_not_affect_the_server()
    {
        await using var server = Serve(Parameters("a.test"), Behaviours.AnswerHttp(200, "OK", ""));
        foreach (var noise in new byte[][] { [], [0], [0x16, 3, 1, 0xff, 0xff], Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n"), new byte[100_000] })
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, server.Port);
            await client.GetStream().WriteAsync(noise);
        }

        Assert.StartsWith("HTTP/1.1 200", await GetAsync(server, Client), StringComparison.Ordinal);
    }

    private static ServerParameters Parameters(string name, TestKeyKind? key = null)
    {
        var leaf = Root.Leaf(name, t => key is null ? t : t with { KeyKind = key });
        return new ServerParameters
        {
            Chain = [leaf.Certificate.Der],
            Key = PrivateKey.Of(leaf.Key),
            ClientAuthentication = ClientAuthentication.Required,
            ClientAnchors = [Root.Certificate.Der],
        };
    }

    private TlsServer Serve(ServerParameters parameters, Behaviour behaviour) => new(
        parameters,
        async (peer, stop) =>
        {
            await behaviour(peer, stop);
            _alertSent.TrySetResult(peer.Record.AlertSent);
        },
        TimeProvider.System);

    private static async Task<string> ServedSubjectAsync(TlsServer server)
    {
        using var stream = await ConnectAsync(server, Client);
        return stream.RemoteCertificate!.Subject;
    }

    private static async Task<string> GetAsync(TlsServer server, TestCertificate client)
    {
        using var stream = await ConnectAsync(server, client);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static async Task<SslStream> ConnectAsync(TlsServer server, TestCertificate client)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, server.Port);
        var stream = new SslStream(connection.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "a.test",
            ClientCertificates = [client.X509],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => client.X509,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            EnabledSslProtocols = SslProtocols.None,
        });
        return stream;
    }
}
