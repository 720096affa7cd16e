using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

/// <summary>Connections that clients break or leave open, over real sockets, as the web server itself counts and ends them.</summary>
public sealed class BrokenConnectionTests : IDisposable
{
    private const string NoTargets = "targets: []";
    private const int Many = 20;

    /// <summary>An HTTP/2 client's first words, its empty settings, and data on stream 0, which belong to no stream (RFC 9113 §6.1).</summary>
    private static readonly byte[] s_dataWithoutStream = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];

    private readonly TempFiles _files = new();
    private readonly RecordingLogger _log = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Failed_handshakes_are_counted_and_reported_once()
    {
        using var logs = Logs();
        await using var served = await ServedFleet.StartAsync(NoTargets, WithTls(), logs: logs);
        _log.Take(); // the line that it listens

        for (var i = 0; i < Many; i++)
        {
            await using var stream = await ConnectAsync(served);
            await stream.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            await EndAsync(stream);
        }

        Assert.Equal(Many, served.OwnMetrics.HttpConnectionErrors.WithLabels(StrangerLog.Tls).Value);
        AssertToldOnce("1 in TLS, 0 in HTTP/2");
    }

    [Fact]
    public async Task Faults_of_HTTP_2_are_counted_and_reported_once()
    {
        using var logs = Logs();
        await using var served = await ServedFleet.StartAsync(NoTargets, WithTls(), logs: logs);
        _log.Take(); // the line that it listens

        for (var i = 0; i < Many; i++)
        {
            await using var tls = new SslStream(await ConnectAsync(served));
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2], RemoteCertificateValidationCallback = (_, served, _, _) => served!.Issuer == "CN=Web Root",
            });
            await tls.WriteAsync(s_dataWithoutStream);
            await EndAsync(tls);
        }

        Assert.Equal(Many, served.OwnMetrics.HttpConnectionErrors.WithLabels(StrangerLog.Http2).Value);
        AssertToldOnce("0 in TLS, 1 in HTTP/2");
    }

    [Fact]
    public async Task A_head_that_never_ends_is_not_awaited()
    {
        await using var served = await ServedFleet.StartAsync(NoTargets, change: options => options with { HeadPatience = TimeSpan.FromMilliseconds(1) });
        await using var stream = await ConnectAsync(served);

        await stream.WriteAsync("GET /metrics HTTP/1.1\r\nHost: a\r\n"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 408 ", await EndAsync(stream), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using var served = await ServedFleet.StartAsync(NoTargets, change: options => options with { IdlePatience = TimeSpan.FromMilliseconds(1) });
        await using var stream = await ConnectAsync(served);

        await stream.WriteAsync("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());

        Assert.Contains("MtlsProbe is healthy.", await EndAsync(stream), StringComparison.Ordinal);
    }

    [Fact]
    public void The_limits_are_as_documented()
    {
        var options = new WebOptions { Listen = [] };
        var promises = File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md"));

        Assert.Contains($"A head has {options.HeadPatience.TotalSeconds} s, an idle connection {options.IdlePatience.TotalSeconds} s", promises, StringComparison.Ordinal);
    }

    private ILoggerFactory Logs() => LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(new RecordingLoggerProvider(_log)));

    private void AssertToldOnce(string words)
    {
        var (level, text) = Assert.Single(_log.Take());
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    private WebConfiguration WithTls()
    {
        var leaf = TestPki.Root("Web Root").Leaf("localhost");
        return new WebConfiguration
        {
            Tls = new ServerTls { CertificateFile = _files.Write("web.crt", TestPki.Pem(leaf)), KeyFile = _files.Write("web.key", leaf.KeyPem) },
        };
    }

    private static async Task<NetworkStream> ConnectAsync(ServedFleet served)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(served.Addresses[0]).Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>What the server sends until it ends the connection, which it has counted and logged before.</summary>
    private static async Task<string> EndAsync(Stream stream)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var (said, buffer) = (new MemoryStream(), new byte[4096]);
        try
        {
            for (int count; (count = await stream.ReadAsync(buffer, deadline.Token)) > 0;) said.Write(buffer, 0, count);
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return System.Text.Encoding.Latin1.GetString(said.ToArray());
    }
}
