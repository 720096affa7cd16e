using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MtlsProbe.Inventories;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Inventories;

/// <summary>Secrets and ConfigMaps, as listed by an API server.</summary>
public sealed class ClusterInventoryTests : IAsyncDisposable
{
    private static readonly TestCertificate s_root = TestPki.Root("Cluster");
    private static readonly TestCertificate s_leaf = s_root.Leaf("shop.test");

    private readonly TempFiles _files = new();
    private readonly ConcurrentQueue<(string Request, string? Token)> _requests = [];
    private readonly ManualTime _time = new();
    private readonly WebApplication _server;
    private Func<HttpContext, Task> _answer;
    private ClusterInventory _inventory;

    public ClusterInventoryTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(s_root.Leaf("localhost").X509)));
        _server = builder.Build();
        _answer = Shop;
        _server.Run(context =>
        {
            _requests.Enqueue((context.Request.Path + context.Request.QueryString, context.Request.Headers.Authorization));
            return _answer(context);
        });
        _server.Start();
        _inventory = Inventory(s_root);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task Certificates_of_secrets_and_ConfigMaps_are_listed_page_by_page()
    {
        await _inventory.LookAsync(CancellationToken.None);

        Assert.Equal(
            ["configmap/shop/trust/bundle.pem CN=Cluster", "secret/shop/second/tls.crt CN=shop.test", "secret/shop/web/ca.crt CN=Cluster", "secret/shop/web/tls.crt CN=shop.test"],
            Stored().Select(stored => $"{stored.Path} {stored.Certificate.Subject}").Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                "/api/v1/namespaces/shop/secrets?limit=20&fieldSelector=type%3Dkubernetes.io%2Ftls",
                "/api/v1/namespaces/shop/secrets?limit=20&fieldSelector=type%3Dkubernetes.io%2Ftls&continue=more%2B",
                "/api/v1/namespaces/shop/configmaps?limit=20",
            ],
            _requests.Select(request => request.Request));
        Assert.All(_requests, request => Assert.Equal("Bearer t0ken", request.Token));
        Assert.All(_inventory.States, list => Assert.Null(list.State.Problem));
    }

    [Fact]
    public async Task A_list_stays_while_it_is_unreadable_and_the_reason_is_reported_without_the_words_of_the_server()
    {
        await _inventory.LookAsync(CancellationToken.None);
        _answer = context =>
        {
            context.Response.StatusCode = 403;
            return context.Response.WriteAsync("words of a stranger");
        };
        await _inventory.LookAsync(CancellationToken.None);

        Assert.Equal(4, Stored().Count);
        Assert.Equal(["cannot be listed: the API server answers 403", "cannot be listed: the API server answers 403"], Problems());

        _answer = Shop;
        await _inventory.LookAsync(CancellationToken.None);
        Assert.Empty(Problems());
    }

    [Theory]
    [InlineData("this is no JSON")]
    [InlineData("[]")]
    [InlineData("""{"items":[1]}""")]
    [InlineData("""{"items":[{"metadata":[]}]}""")]
    [InlineData("""{"items":[{"data":{"tls.crt":"%%%"}}""")]
    public async Task An_answer_that_is_no_list_is_reported(string text)
    {
        _answer = context => context.Response.WriteAsync(text);
        await _inventory.LookAsync(CancellationToken.None);

        Assert.Equal("cannot be listed: the answer is not a Kubernetes list", Problems()[0]);
        Assert.Empty(Stored());
    }

    [Fact]
    public async Task The_token_is_sent_only_to_the_trusted_server()
    {
        _answer = context =>
        {
            context.Response.Redirect("https://127.0.0.1/elsewhere");
            return Task.CompletedTask;
        };
        await _inventory.LookAsync(CancellationToken.None);
        Assert.Equal("cannot be listed: the API server answers 302", Problems()[0]);

        _requests.Clear();
        _inventory = Inventory(TestPki.Root("Another"));
        await _inventory.LookAsync(CancellationToken.None);
        Assert.Equal("cannot be listed: the certificate of the API server is not trusted", Problems()[0]);
        Assert.Empty(_requests);
    }

    [Fact]
    public async Task Without_a_token_no_request_is_sent()
    {
        _files.Write("token", "\n");
        await _inventory.LookAsync(CancellationToken.None);

        Assert.Equal($"cannot be listed: {_files.Path("token")} contains no token", Problems()[0]);
        Assert.Empty(_requests);
    }

    [Fact]
    public async Task A_look_is_due_once_a_minute()
    {
        Assert.True(_inventory.IsDue);
        await _inventory.LookAsync(CancellationToken.None);
        Assert.False(_inventory.IsDue);
        _time.Advance(ClusterInventory.Period);
        Assert.True(_inventory.IsDue);
    }

    /// <summary>A bundle is often copied into each namespace.</summary>
    [Fact]
    public async Task No_more_is_listed_than_there_is_room_for_and_copies_are_one_certificate()
    {
        _answer = context => context.Response.WriteAsync(context.Request.Path.Value!.EndsWith("secrets", StringComparison.Ordinal) ? "{}" : JsonSerializer.Serialize(new
        {
            metadata = new Dictionary<string, string> { ["continue"] = "more" },
            items = Enumerable.Range(0, 20).Select(i => new { metadata = new { name = $"trust-{i}", @namespace = "shop" }, data = new Dictionary<string, string> { ["ca.pem"] = s_root.CertificatePem } }),
        }));
        _inventory = Inventory(s_root, room: 50);

        for (var look = 0; look < 2; look++)
        {
            _requests.Clear();
            await _inventory.LookAsync(CancellationToken.None);

            // Only base64 entries of secrets are decoded: there are none.
            var list = _inventory.States.Last().State;
            Assert.Equal((50, 11), (list.Certificates.Count, list.LeftOut));
            Assert.Single(list.Certificates.Select(stored => stored.Certificate).Distinct(ReferenceEqualityComparer.Instance));
            Assert.Equal(3, _requests.Count(request => request.Request.Contains("configmaps", StringComparison.Ordinal)));
        }
    }

    private ClusterInventory Inventory(TestCertificate authority, int room = 100) => new(
        "cluster",
        new KubernetesPlaces(["shop"])
        {
            Cluster = new KubernetesCluster
            {
                Server = new Uri(_server.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/"),
                TokenFile = _files.Write("token", "t0ken\n"),
                CaFile = _files.Write("ca.crt", authority.CertificatePem),
            },
        },
        new CertificateRoom(room),
        _time);

    private List<StoredCertificate> Stored() => [.. _inventory.States.SelectMany(list => list.State.Certificates)];

    private List<string> Problems() => [.. _inventory.States.Select(list => list.State.Problem).OfType<string>()];

    private static Task Shop(HttpContext context)
    {
        object web = new { metadata = new { name = "web", @namespace = "shop", annotations = new { a = "b" } }, type = "kubernetes.io/tls", data = new Dictionary<string, string> { ["ca.crt"] = Base64(s_root.CertificatePem), ["tls.crt"] = Base64(s_leaf.CertificatePem), ["tls.key"] = Base64(s_leaf.KeyPem) } };
        object second = new { metadata = new { name = "second", @namespace = "shop" }, data = new Dictionary<string, string> { ["tls.key"] = "", ["tls.crt"] = Base64(s_leaf.CertificatePem), ["ca.crt"] = "" } };
        object trust = new { metadata = new { name = "trust", @namespace = "shop" }, data = new Dictionary<string, string> { ["bundle.pem"] = s_root.CertificatePem, ["nginx.conf"] = "server {}" } };
        object none = new { metadata = new { name = "empty", @namespace = "shop" } };
        var request = context.Request;
        var (items, next) = (request.Path.Value!.EndsWith("secrets", StringComparison.Ordinal), request.Query.ContainsKey("continue")) switch
        {
            (true, false) => ([web], "more+"),
            (true, true) => ([second], ""),
            _ => ((object[])[trust, none], ""),
        };
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { kind = "List", apiVersion = "v1", metadata = new Dictionary<string, string> { ["resourceVersion"] = "1", ["continue"] = next }, items }));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
