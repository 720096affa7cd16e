using System.Net;
using System.Net.Sockets;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Web;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Cli;

/// <summary>The command asks a real web server on loopback, as a container runtime would.</summary>
public sealed class HealthcheckCommandTests : IDisposable
{
    private const string OneTarget = "targets: [{ name: a, address: \"a.internal:1\", identity: none }]\n";

    /// <summary>"correct horse" at the least cost.</summary>
    private const string Hash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

    private readonly TempFiles _files = new();
    private readonly TestCertificate _authority = TestPki.Root("Web Root");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_process_that_serves_is_healthy_and_ready_after_its_first_round()
    {
        await using var served = await ServedFleet.StartAsync(OneTarget);
        served.Run();

        Assert.Equal(new Printed(0, "MtlsProbe is healthy.\n", ""), await AskAsync(served));
        var early = await AskAsync(served, "--ready");
        Assert.Equal((1, ""), (early.Code, early.Output));
        Assert.Matches(@"^mtlsprobe: http://127\.0\.0\.1:\d+/-/ready answers 503: Not ready: ", early.Error);

        await served.ReadyAsync();
        Assert.Equal(new Printed(0, "MtlsProbe is ready.\n", ""), await AskAsync(served, "--ready"));
        await served.StopProbingAsync();
    }

    [Fact]
    public async Task If_nothing_listens_nothing_is_healthy()
    {
        var printed = await Terminal.RunAsync("healthcheck", "--web.listen-address", "127.0.0.1:1");

        Assert.Equal((1, ""), (printed.Code, printed.Output));
        Assert.StartsWith("mtlsprobe: http://127.0.0.1:1/-/healthy cannot be reached: ", printed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", "answers 200, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"other\"\r\nContent-Length: 0\r\n\r\n", "answers 401, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://a.internal/\r\nContent-Length: 0\r\n\r\n", "answers 302, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"MtlsProbe\"\r\nContent-Length: 0\r\n\r\n", "answers 401, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 9\r\n\r\nSlow down", "answers 429, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nMtlsProbe is ready.\n", "answers 200, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\nMtlsProbe is healthy.\nNot at all.", "answers 200, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=nonsense\r\nContent-Length: 3\r\n\r\nok\n", "answers 200, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-7\r\nContent-Length: 3\r\n\r\nok\n", "answers 200, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 999 \u00ff\r\nContent-Type: \u00ff\r\nWWW-Authenticate: \u00ff\r\nContent-Length: 1\r\n\r\n\u00ff", "answers 999, which is not a response of MtlsProbe")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", "sends too long a response, so it is not MtlsProbe")]
    [InlineData("220 mail.internal ESMTP\r\n", "does not answer by HTTP\n  hint: if it serves with TLS, give --web.config.file")]
    [InlineData("", "does not answer by HTTP\n  hint: if it serves with TLS, give --web.config.file")]
    public async Task Another_program_at_the_address_is_not_healthy(string answer, string sentence)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var end = new CancellationTokenSource();
        var serving = ServeAsync();

        var printed = await Terminal.RunAsync("healthcheck", "--web.listen-address", listener.LocalEndpoint.ToString()!);

        await end.CancelAsync();
        await serving;
        Assert.Equal((1, ""), (printed.Code, printed.Output));
        Assert.EndsWith($"/-/healthy {sentence}\n", printed.Error, StringComparison.Ordinal);

        async Task ServeAsync() // a client without an answer asks again
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(end.Token);
                    var stream = client.GetStream();
                    if (await stream.ReadAsync(new byte[4096], end.Token) > 0) await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(answer), end.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // The client has gone.
            }
        }
    }

    [Fact]
    public async Task A_process_that_is_silent_is_not_healthy()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var printed = await Terminal.RunAsync("healthcheck", "--web.listen-address", listener.LocalEndpoint.ToString()!, "--timeout", "50ms");

        Assert.Equal(1, printed.Code);
        Assert.EndsWith("/-/healthy gives no answer within 50ms\n", printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_needed_to_know_whether_it_is_ready_and_not_whether_it_serves()
    {
        var (web, configuration) = Web($"basic_auth_users: {{ prometheus: \"{Hash}\" }}\n");
        await using var served = await ServedFleet.StartAsync("targets: []\n", configuration);
        served.Run();
        string[] login = ["--web.config.file", web, "--username", "prometheus", "--password-file"];

        Assert.Equal(new Printed(0, "MtlsProbe is healthy: it asks for a password.\n", ""), await AskAsync(served));
        Assert.Equal(new Printed(0, "MtlsProbe is healthy: it asks for a password.\n", ""), await AskAsync(served, [.. login, _files.Path("not needed")]));
        Assert.Contains("asks for a password\n  hint: give --username and --password-file", (await AskAsync(served, "--ready")).Error, StringComparison.Ordinal);
        Assert.Equal("MtlsProbe is ready.\n", (await AskAsync(served, ["--ready", .. login, _files.Write("right", "correct horse\n")])).Output);
        var wrong = await AskAsync(served, ["--ready", .. login, _files.Write("wrong", "wrong horse\n")]);
        Assert.Equal(1, wrong.Code);
        Assert.Contains("refuses the user or the password", wrong.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", wrong.Error, StringComparison.Ordinal);
        await served.StopProbingAsync();
    }

    [Fact]
    public async Task Above_the_rate_limit_it_is_healthy_because_load_is_no_reason_for_a_restart_and_not_known_to_be_ready()
    {
        await using var served = await ServedFleet.StartAsync("targets: []\n", new WebConfiguration { Limit = new RequestLimit(TimeSpan.FromHours(1), 1) });
        served.Run();

        Assert.Equal(new Printed(0, "MtlsProbe is healthy.\n", ""), await AskAsync(served));
        Assert.Equal(new Printed(0, "MtlsProbe is healthy: its rate_limit refuses the request.\n", ""), await AskAsync(served));
        var ready = await AskAsync(served, "--ready");
        Assert.Equal((1, ""), (ready.Code, ready.Output));
        Assert.Contains("/-/ready answers 429\n  hint: its rate_limit counts health checks too: raise burst", ready.Error, StringComparison.Ordinal);
        await served.StopProbingAsync();
    }

    [Fact]
    public async Task Under_TLS_it_is_probed_under_TLS_even_if_its_files_are_broken()
    {
        var (web, configuration) = Tls(_authority.Leaf("elsewhere.internal"));
        await using var served = await ServedFleet.StartAsync("targets: []\n", configuration);

        Assert.Equal("MtlsProbe is healthy.\n", (await AskAsync(served, "--web.config.file", web)).Output);
        Assert.Contains("if it serves with TLS, give --web.config.file", (await AskAsync(served)).Error, StringComparison.Ordinal);
        _files.Write("web.key", "no key");
        Assert.Equal("MtlsProbe is healthy.\n", (await AskAsync(served, "--web.config.file", web)).Output);
    }

    [Fact]
    public async Task A_password_is_sent_only_to_the_server_with_the_certificate_of_the_web_configuration()
    {
        var (web, configuration) = Tls(_authority.Leaf("elsewhere.internal"), $"basic_auth_users: {{ prometheus: \"{Hash}\" }}\n");
        await using var served = await ServedFleet.StartAsync("targets: []\n", configuration);
        served.Run();
        string[] words = ["--ready", "--web.config.file", web, "--username", "prometheus", "--password-file", _files.Write("password", "correct horse\n")];

        Assert.Equal(new Printed(0, "MtlsProbe is ready.\n", ""), await AskAsync(served, words));

        _files.Write("web.crt", TestPki.Pem(_authority.Leaf("elsewhere.internal")));
        var stranger = await AskAsync(served, words);
        Assert.Equal(1, stranger.Code);
        Assert.Contains("presents a certificate other than cert_file of --web.config.file, so the password was not sent", stranger.Error, StringComparison.Ordinal);
        Assert.Equal("MtlsProbe is healthy: it asks for a password.\n", (await AskAsync(served, "--web.config.file", web)).Output); // no password is needed for that
        await served.StopProbingAsync();
    }

    [Fact]
    public async Task A_process_that_requires_a_client_certificate_gets_one()
    {
        var client = _authority.Client("healthcheck");
        _files.Write("ca.crt", TestPki.Pem(_authority));
        var (web, configuration) = Tls(_authority.Leaf("localhost"), "", "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n");
        await using var served = await ServedFleet.StartAsync("targets: []\n", configuration);

        var bare = await AskAsync(served, "--web.config.file", web);
        Assert.Equal(1, bare.Code);
        Assert.Contains("if it requires a client certificate, give --cert and --key", bare.Error, StringComparison.Ordinal);
        var shown = await AskAsync(served, "--web.config.file", web, "--cert", _files.Write("client.crt", TestPki.Pem(client)), "--key", _files.Write("client.key", client.KeyPem));
        Assert.Equal(new Printed(0, "MtlsProbe is healthy.\n", ""), shown);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_a_mistake_of_usage()
    {
        var noWeb = await Terminal.RunAsync("healthcheck", "--web.config.file", _files.Path("gone.yml"));
        Assert.Equal(2, noWeb.Code);
        Assert.Contains("gone.yml: does not exist", noWeb.Error, StringComparison.Ordinal);

        var noPassword = await Terminal.RunAsync("healthcheck", "--ready", "--username", "a", "--password-file", _files.Path("gone"));
        Assert.Equal(2, noPassword.Code);
        Assert.Contains("gone does not exist", noPassword.Error, StringComparison.Ordinal);

        var noKey = await Terminal.RunAsync("healthcheck", "--web.config.file", Tls(_authority.Leaf("localhost")).File, "--cert", _files.Path("web.crt"), "--key", _files.Path("gone"));
        Assert.Equal(2, noKey.Code);
        Assert.Contains("gone does not exist\n  hint: --cert and --key are PEM files", noKey.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_not_sent_in_plain_text_to_an_address_other_than_loopback()
    {
        var printed = await Terminal.RunAsync("healthcheck", "--ready", "--web.listen-address", "192.0.2.1:10219", "--username", "a", "--password-file", _files.Write("password", "correct horse\n"));

        Assert.Equal(2, printed.Code);
        Assert.StartsWith("mtlsprobe: 192.0.2.1:10219 is served without TLS, and the password could be read in transit\n  hint: ", printed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\nMtlsProbe is ready.\n", 0)]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"other\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 1)]
    public async Task A_password_is_not_sent_to_a_server_that_does_not_ask_for_it_as_MtlsProbe_does(string answer, int code)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();

        var printed = await Terminal.RunAsync(
            "healthcheck", "--ready", "--web.listen-address", listener.LocalEndpoint.ToString()!, "--web.listen-address", "127.0.0.1:1",
            "--username", "a", "--password-file", _files.Write("password", "correct horse\n"));

        Assert.Equal(code, printed.Code);
        Assert.DoesNotContain("Authorization", await serving, StringComparison.OrdinalIgnoreCase);
        Assert.False(listener.Pending());

        async Task<string> ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var (stream, request) = (client.GetStream(), new byte[4096]);
            var length = await stream.ReadAsync(request);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
            return System.Text.Encoding.ASCII.GetString(request, 0, length);
        }
    }

    private static Task<Printed> AskAsync(ServedFleet served, params string[] words) =>
        Terminal.RunAsync(["healthcheck", "--web.listen-address", new Uri(served.Addresses[0]).Authority, "--timeout", "30s", .. words]);

    private (string File, WebConfiguration Configuration) Tls(TestCertificate leaf, string more = "", string keys = "")
    {
        _files.Write("web.crt", TestPki.Pem(leaf));
        _files.Write("web.key", leaf.KeyPem);
        return Web($"tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n{keys}{more}");
    }

    private (string File, WebConfiguration Configuration) Web(string text)
    {
        var file = _files.Write("web.yml", text);
        var (configuration, errors) = WebConfigurationFile.Load(file);
        Assert.Empty(errors);
        return (file, configuration!);
    }
}
