using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using MtlsProbe.Files;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Web;
using MtlsProbe.Loops;

namespace MtlsProbe.Tests.Web;

/// <summary>Our own HTTP server with TLS, seen by a real client.</summary>
public sealed class ServedCertificateTests : IAsyncDisposable
{
    private const string NoTargets = "targets: []\n";

    private readonly TempFiles _files = new();
    private readonly ManualTime _time = new();
    private readonly TestCertificate _authority = TestPki.Root("Web Root");
    private ServedCertificate? _certificate;

    public async ValueTask DisposeAsync()
    {
        if (_certificate is not null) await _certificate.StopAsync(CancellationToken.None);
        _certificate?.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_renewed_certificate_is_served_after_some_polls_and_a_half_written_pair_never()
    {
        var (before, after) = (_authority.Leaf("localhost"), _authority.Leaf("localhost"));
        var tls = Write(before);
        await using var served = await ServedFleet.StartAsync(NoTargets, new WebConfiguration { Tls = tls });
        Assert.Equal(before.X509.Thumbprint, await ServedToAsync(served));

        _files.Write("web.crt", TestPki.Pem(after));
        await PollAsync(served.Time, times: 5);
        Assert.Equal(before.X509.Thumbprint, await ServedToAsync(served));

        _files.Write("web.key", after.KeyPem);
        await PollAsync(served.Time, times: 3);
        Assert.Equal(after.X509.Thumbprint, await ServedToAsync(served));
    }

    [Fact]
    public async Task Broken_files_are_reported_once_and_the_last_good_certificate_stays_in_use()
    {
        var (leaf, log) = (_authority.Leaf("localhost"), new RecordingLogger());
        var certificate = await StartAsync(Write(leaf), log);

        _files.Write("web.key", "no key");
        await PollAsync(times: 5);
        Assert.Equal(leaf.X509.Thumbprint, Served(certificate));
        var (level, line) = Assert.Single(log.Take());
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith("The files of the web configuration's tls_server_config cannot be used; the previous ones stay in use: ", line);

        File.Delete(_files.Path("web.crt"));
        await PollAsync(times: 5);
        Assert.Equal(leaf.X509.Thumbprint, Served(certificate));
        Assert.EndsWith($"stay in use: {_files.Path("web.crt")} does not exist", Assert.Single(log.Take()).Text);

        var renewed = _authority.Leaf("localhost");
        Write(renewed);
        await PollAsync(times: 3);
        Assert.Equal(renewed.X509.Thumbprint, Served(certificate));
        Assert.Empty(log.Take());
    }

    [Fact]
    public async Task A_pipe_in_place_of_a_file_delays_no_connection_and_is_reported_once()
    {
        var (leaf, log) = (_authority.Leaf("localhost"), new RecordingLogger());
        var certificate = await StartAsync(Write(leaf), log);

        File.Delete(_files.Path("web.key"));
        _files.Pipe("web.key");
        await PollAsync(times: 10);

        Assert.Equal(leaf.X509.Thumbprint, Served(certificate));
        Assert.EndsWith($"{_files.Path("web.key")} is a pipe or a device, not a regular file: it could not be read again", Assert.Single(log.Take()).Text);
    }

    [Fact]
    public async Task A_certificate_is_served_from_a_file_with_a_byte_order_mark_and_under_every_label()
    {
        var leaf = _authority.Leaf("localhost");
        var tls = Write(leaf);
        _files.Write("web.crt", "\uFEFF" + TestPki.Pem(leaf).Replace("CERTIFICATE", "X509 CERTIFICATE", StringComparison.Ordinal));
        _files.Write("web.key", "\uFEFF" + leaf.KeyPem);

        await using var served = await ServedFleet.StartAsync(NoTargets, new WebConfiguration { Tls = tls });

        Assert.Equal(leaf.X509.Thumbprint, await ServedToAsync(served));
    }

    [Theory]
    [InlineData(nameof(ClientAuthType.NoClientCert), null, true)]
    [InlineData(nameof(ClientAuthType.RequestClientCert), null, true)]
    [InlineData(nameof(ClientAuthType.RequestClientCert), "stranger", true)]
    [InlineData(nameof(ClientAuthType.RequireAnyClientCert), null, false)]
    [InlineData(nameof(ClientAuthType.RequireAnyClientCert), "stranger", true)]
    [InlineData(nameof(ClientAuthType.VerifyClientCertIfGiven), null, true)]
    [InlineData(nameof(ClientAuthType.VerifyClientCertIfGiven), "stranger", false)]
    [InlineData(nameof(ClientAuthType.VerifyClientCertIfGiven), "friend", true)]
    [InlineData(nameof(ClientAuthType.RequireAndVerifyClientCert), null, false)]
    [InlineData(nameof(ClientAuthType.RequireAndVerifyClientCert), "stranger", false)]
    [InlineData(nameof(ClientAuthType.RequireAndVerifyClientCert), "friend", true)]
    [InlineData(nameof(ClientAuthType.RequireAndVerifyClientCert), "server", false)]
    public async Task A_client_is_accepted_according_to_its_certificate_and_the_configured_type(string type, string? client, bool expected)
    {
        var certificate = client switch
        {
            "friend" => _authority.Client("friend"),
            "server" => _authority.Leaf("server.test"),
            "stranger" => TestPki.Root("Other Root").Client("stranger"),
            _ => null,
        };
        var tls = Write(_authority.Leaf("localhost")) with
        {
            ClientAuth = Enum.Parse<ClientAuthType>(type),
            ClientCaFile = type.Contains("Verify", StringComparison.Ordinal) ? _files.Write("ca.crt", TestPki.Pem(_authority)) : null,
        };
        await using var served = await ServedFleet.StartAsync(NoTargets, new WebConfiguration { Tls = tls });

        Assert.Equal(expected, await IsLetInAsync(served, certificate));
    }

    /// <summary>Follows the files of a certificate with the clock of the test, without a server.</summary>
    private async Task<ServedCertificate> StartAsync(ServerTls tls, RecordingLogger log)
    {
        _certificate = new ServedCertificate(tls, new Loop("web_certificate", _time), log);
        await _certificate.StartAsync(CancellationToken.None);
        return _certificate;
    }

    private static string Served(ServedCertificate certificate) => certificate.Options().ServerCertificateContext!.TargetCertificate.Thumbprint;

    private Task PollAsync(int times) => PollAsync(_time, times);

    private static async Task PollAsync(ManualTime time, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await time.TimersArmed();
            time.Advance(FilePolls.Period);
        }

        await time.TimersArmed();
    }

    private static async Task<string> ServedToAsync(ServedFleet served)
    {
        var seen = "";
        using var client = Client(null, certificate => seen = certificate.Thumbprint);
        Assert.Equal("MtlsProbe is healthy.\n", await client.GetStringAsync(served.Addresses[0] + "/-/healthy"));
        return seen;
    }

    private static async Task<bool> IsLetInAsync(ServedFleet served, TestCertificate? certificate)
    {
        using var client = Client(certificate, _ => { });
        try
        {
            await client.GetStringAsync(served.Addresses[0] + "/-/healthy");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static HttpClient Client(TestCertificate? certificate, Action<X509Certificate2> see) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, served, _, _) =>
            {
                see((X509Certificate2)served!);
                return served!.Issuer == "CN=Web Root";
            },
            ClientCertificates = certificate is null ? null : [certificate.X509],
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate.X509,
        },
    });

    private ServerTls Write(TestCertificate certificate) => new()
    {
        CertificateFile = _files.Write("web.crt", TestPki.Pem(certificate)),
        KeyFile = _files.Write("web.key", certificate.KeyPem),
    };
}
