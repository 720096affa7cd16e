using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Probing;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

/// <summary>The HTTP surface over real sockets; the probes behind it end at once.</summary>
public sealed class WebServerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mtlsprobe-").FullName;

    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("text/plain;version=0.0.4;q=1,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.9", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/vnd.google.protobuf;q=1,text/plain;q=0.5", "text/plain; version=0.0.4; charset=utf-8")]
    public async Task Metrics_come_in_the_format_that_the_client_likes_best(string? accept, string contentType)
    {
        await using var served = await ServeAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await served.Client.SendAsync(request);

        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(contentType.StartsWith("application", StringComparison.Ordinal), text.EndsWith("# EOF\n", StringComparison.Ordinal));
        Assert.Contains("mtlsprobe_handshakes_total{target=\"a\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_compressed_for_who_asks()
    {
        await using var served = await ServeAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using var response = await served.Client.SendAsync(request);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task A_probe_on_demand_gives_the_metrics_of_this_probe_alone()
    {
        await using var served = await ServeAsync();
        var text = await served.Client.GetStringAsync("/probe?target=b");
        Assert.Contains("mtlsprobe_success{target=\"b\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("target=\"a\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("_total", text, StringComparison.Ordinal);

        var diagnosis = await served.Client.GetStringAsync("/probe?target=b&debug=true");
        Assert.Contains("ACCEPTED", diagnosis, StringComparison.Ordinal);
        Assert.Contains("\"outcome\": \"accepted\"", diagnosis, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/probe", HttpStatusCode.BadRequest)]
    [InlineData("/probe?target=nobody", HttpStatusCode.NotFound)]
    [InlineData("/probe?target=free.test:443", HttpStatusCode.Forbidden)]
    [InlineData("/nothing", HttpStatusCode.NotFound)]
    [InlineData("/-/reload", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/-/ready", HttpStatusCode.ServiceUnavailable)]
    [InlineData("/-/healthy", HttpStatusCode.OK)]
    public async Task What_cannot_be_answered_is_said_in_a_sentence(string path, HttpStatusCode status)
    {
        await using var served = await ServeAsync();
        using var response = await served.Client.GetAsync(path);
        Assert.Equal(status, response.StatusCode);
        Assert.EndsWith(".\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_free_target_is_probed_only_where_the_configuration_allows_it()
    {
        await using var served = await ServeAsync("web: { allow_free_targets: true }\n");
        Assert.Contains("mtlsprobe_success{target=\"free.test:443\"", await served.Client.GetStringAsync("/probe?target=free.test:443"), StringComparison.Ordinal);
        using var unknown = await served.Client.GetAsync("/probe?target=free.test:443&identity=nobody");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("2", 1.75)]
    [InlineData("100", 5)]
    [InlineData("0.1", 0.1)]
    [InlineData("NaN", 5)]
    [InlineData("-1", 5)]
    [InlineData("1e300", 5)]
    public async Task The_scrapers_patience_bounds_the_probe(string header, double seconds)
    {
        await using var served = await ServeAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/probe?target=a");
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", header);
        using var response = await served.Client.SendAsync(request);
        Assert.Equal(TimeSpan.FromSeconds(seconds), served.LastTimeout);
    }

    [Fact]
    public async Task The_results_are_an_array_of_records()
    {
        await using var served = await ServeAsync();
        using var empty = JsonDocument.Parse(await served.Client.GetStringAsync("/api/v1/targets"));
        Assert.Equal(0, empty.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task The_front_page_shows_names_as_text_under_a_strict_policy()
    {
        await using var served = await ServeAsync();
        using var response = await served.Client.GetAsync("/");
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("<td>a<td>a.test:443", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_is_answered_with_every_error_of_the_file()
    {
        await using var served = await ServeAsync();
        using var good = await served.Client.PostAsync("/-/reload", null);
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        await File.WriteAllTextAsync(served.ConfigFile, "targets: [{ name: a, adress: x }]\n");
        using var bad = await served.Client.PostAsync("/-/reload", null);
        Assert.Equal(HttpStatusCode.InternalServerError, bad.StatusCode);
        var text = await bad.Content.ReadAsStringAsync();
        Assert.Contains("adress", text, StringComparison.Ordinal);
        Assert.Contains(":1:", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_are_asked_for_their_password_and_headers_are_added()
    {
        // the hash is of "secret"
        var web = Web("basic_auth_users:\n  prom: " + Bcrypt + "\nhttp_server_config: { headers: { X-Frame-Options: deny } }\n");
        await using var served = await ServeAsync(web: web);

        using var anonymous = await served.Client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal("deny", anonymous.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAs(served, "prom", "wrong"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAs(served, "nobody", "secret"));
        Assert.Equal(HttpStatusCode.OK, await StatusAs(served, "prom", "secret"));
        Assert.Equal(HttpStatusCode.OK, await StatusAs(served, "prom", "secret"));
    }

    [Fact]
    public async Task Https_with_client_certificates_lets_in_who_has_one()
    {
        var root = TestPki.Root("Scrape Root");
        var (server, client, stranger) = (root.Leaf("localhost", t => t with { Ip = ["127.0.0.1"] }), root.Client("prometheus"), TestPki.Root("Stranger").Client("stranger"));
        File.WriteAllText(Path.Combine(_directory, "s.crt"), TestPki.Pem(server));
        File.WriteAllText(Path.Combine(_directory, "s.key"), server.KeyPem);
        File.WriteAllText(Path.Combine(_directory, "ca.crt"), TestPki.Pem(root));
        var web = Web("tls_server_config: { cert_file: s.crt, key_file: s.key, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert }\n");
        await using var served = await ServeAsync(web: web);

        Assert.Equal(HttpStatusCode.OK, await StatusWith(served, client));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusWith(served, stranger));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusWith(served, null));
    }

    [Fact]
    public void Mistakes_of_the_web_configuration_are_all_reported_with_their_places()
    {
        var path = Path.Combine(_directory, "bad.yml");
        File.WriteAllText(path, "tls_server_config: { cert_file: none.crt, client_auth_type: Sometimes }\nbasic_auth_users: { a: plain }\nrate_limit: {}\n");
        var (configuration, errors) = WebConfigurationFile.Load(path);
        Assert.Null(configuration);
        Assert.Equal([1, 1, 2, 3], errors.Select(error => error.Line));
        Assert.DoesNotContain(errors, error => error.ToString().Contains("plain", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(":10219", ":10219")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("[::1]:9000", "[::1]:9000")]
    [InlineData("localhost:9000", "127.0.0.1:9000")]
    [InlineData("10219", null)]
    [InlineData("::1:9000", null)]
    [InlineData("host.name:9000", null)]
    [InlineData(":70000", null)]
    public void A_listen_address_is_read_as_exporters_write_it(string text, string? read) => Assert.Equal(read, ListenAddress.TryParse(text)?.ToString());

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private const string Bcrypt = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

    private static async Task<HttpStatusCode> StatusAs(Served served, string user, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        using var response = await served.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> StatusWith(Served served, TestCertificate? client)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                ClientCertificates = client is null ? [] : [client.X509],
            },
        };
        using var http = new HttpClient(handler);
        using var response = await http.GetAsync(new Uri(served.Client.BaseAddress!, "/metrics"));
        return response.StatusCode;
    }

    private WebConfiguration Web(string text)
    {
        var path = Path.Combine(_directory, "web.yml");
        File.WriteAllText(path, text);
        var (configuration, errors) = WebConfigurationFile.Load(path);
        Assert.Empty(errors);
        return configuration!;
    }

    private async Task<Served> ServeAsync(string more = "", WebConfiguration? web = null)
    {
        var file = Path.Combine(_directory, "mtlsprobe.yml");
        await File.WriteAllTextAsync(file, more + "targets:\n  - { name: a, address: 'a.test:443' }\n  - { name: b, address: 'b.test:443' }\n");
        var time = new ManualTime();
        var served = new Served { ConfigFile = file };
        var fleet = new Fleet(file, ConfigurationFile.Load(file).Configuration!, (job, timeout, _) =>
        {
            served.LastTimeout = timeout;
            return Task.FromResult(Jobs.Accepted(job, time.GetUtcNow()));
        }, new MaterialStore(time, NullLogger<MaterialStore>.Instance), new BuildInfo("1", "r", "net", "ssl"), time, NullLoggerFactory.Instance);
        var app = WebServer.Build(fleet, new WebOptions { Listen = [new ListenAddress(IPAddress.Loopback, 0)], Configuration = web ?? new WebConfiguration() },
            time, NullLoggerFactory.Instance);
        await app.StartAsync();
        served.Stop = async () =>
        {
            await app.DisposeAsync();
            fleet.Dispose();
        };
        served.Client.BaseAddress = new Uri(WebServer.Addresses(app)[0]);
        return served;
    }

    private sealed class Served : IAsyncDisposable
    {
        public HttpClient Client { get; } = new();

        public required string ConfigFile { get; init; }

        public TimeSpan LastTimeout { get; set; }

        public Func<Task> Stop { get; set; } = () => Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Stop();
        }
    }
}
