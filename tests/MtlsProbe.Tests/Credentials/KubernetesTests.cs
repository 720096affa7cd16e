using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>Credentials and trust anchors in objects of a cluster, whose API server is part of the test.</summary>
public sealed class KubernetesTests : FollowedRemotes
{
    private static readonly TestCertificate s_root = TestPki.Root("Cluster");
    private static readonly TestCertificate s_authority = TestPki.Root("Authority");
    private static readonly TestCertificate s_client = s_authority.Client("checkout");

    private readonly Channel<string?> _events = Channel.CreateUnbounded<string?>(); // null: the stream ends
    private readonly ApiPeer _server;
    private string? _object = Secret(s_client, 7);
    private int _status = 200;
    private int _watchStatus = 200;
    private bool _hangs; // a watch is never answered

    public KubernetesTests() => _server = new ApiPeer(s_root, context => context.Request.Query.ContainsKey("watch") ? WatchAsync(context) : ObjectAsync(context));

    private protected override ValueTask CloseAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_secret_is_read_and_watched_by_its_name_alone()
    {
        await FollowAsync(Source());
        Assert.Equal((s_client.Certificate, null), (Current.Credential?.Leaf, Current.Fault));
        var newer = s_authority.Client("checkout");

        Send("MODIFIED", Secret(newer, 8));
        await Until(() => Current.Credential?.Leaf == newer.Certificate);

        var requests = _server.TakeRequests();
        Assert.Equal("/api/v1/namespaces/shop/secrets/checkout-tls", requests[0].Path);
        Assert.Matches("^/api/v1/namespaces/shop/secrets[?]watch=true&fieldSelector=metadata.name%3Dcheckout-tls&allowWatchBookmarks=true&timeoutSeconds=2[0-9]{2}&resourceVersion=7$", requests[1].Path);
        Assert.All(requests, request => Assert.Equal("Bearer t0ken", request.Headers["Authorization"]));
        Assert.Equal(("kubernetes", $"https://localhost:{_server.Port}", true, null), (State.Kind, State.Address, State.Connected, State.Fault));
    }

    [Fact]
    public async Task A_bookmark_and_an_unchanged_object_change_nothing_and_confirm_the_held_one()
    {
        await FollowAsync(Source());
        var (first, since) = (Current.Credential, State.LastUpdate);

        Time.Advance(TimeSpan.FromSeconds(10));
        Send("BOOKMARK", """{"kind":"Secret","metadata":{"resourceVersion":"9"}}""");
        await Until(() => State.LastUpdate > since);
        Send("MODIFIED", Secret(s_client, 10));
        Send("MODIFIED", "{}"); // nothing of ours in it
        await Until(() => Current.Fault is not null);

        Assert.Same(first, Current.Credential);
        Assert.EndsWith("secret/shop/checkout-tls has no entry \"tls.crt\" (a secret of type kubernetes.io/tls has tls.crt and tls.key)", Current.Fault!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ERROR", """{"kind":"Status","code":410,"reason":"Expired"}""")]
    [InlineData(null, null)] // the stream ends
    [InlineData("MODIFIED", "no JSON")]
    public async Task After_a_watch_that_ends_or_is_too_old_the_object_is_read_again(string? kind, string? text)
    {
        await FollowAsync(Source());
        var newer = s_authority.Client("checkout");
        _object = Secret(newer, 20);
        if (kind is null) _events.Writer.TryWrite(null);
        else Send(kind, text!);

        await Until(() => Current.Credential?.Leaf == newer.Certificate);

        Assert.Null(Current.Fault);
        await Until(() => _server.TakeRequests().Any(request => request.Path.EndsWith("&resourceVersion=20", StringComparison.Ordinal)));
    }

    /// <summary>A cluster forgets versions after minutes, and this one is still the newest of its object.</summary>
    [Fact]
    public async Task An_object_that_has_not_changed_for_long_is_watched_from_its_current_version()
    {
        await FollowAsync(Source());
        Send("ERROR", """{"kind":"Status","code":410,"reason":"Expired"}""");
        await Until(() => _server.TakeRequests().Any(request => request.Path.Contains("watch=true", StringComparison.Ordinal) && !request.Path.Contains("resourceVersion", StringComparison.Ordinal)));

        var newer = s_authority.Client("checkout");
        Send("ADDED", Secret(s_client, 7));
        Send("MODIFIED", Secret(newer, 30));
        await Until(() => Current.Credential?.Leaf == newer.Certificate);
    }

    [Fact]
    public async Task An_object_that_is_deleted_is_a_fault_until_it_is_there_again()
    {
        await FollowAsync(Source());
        var good = Current.Credential;

        Send("DELETED", Secret(s_client, 8));
        await Until(() => Current.Fault is not null);
        Assert.Equal((good, "not_found"), (Current.Credential, Current.Fault!.Reason.Label));
        Send("ADDED", Secret(s_client, 9));
        await Until(() => Current.Fault is null);
    }

    [Fact]
    public async Task A_replacement_is_staged_when_it_appears_and_no_longer_when_it_is_gone()
    {
        _status = 404;
        Follow(Source(), Source("next-tls"));
        await Until(() => _server.TakeRequests().Any(request => request.Path.Contains("watch=true", StringComparison.Ordinal) && request.Path.Contains("next-tls", StringComparison.Ordinal)));
        Assert.False(Store.NextIsStaged("checkout"));

        Send("ADDED", Secret(s_client, 3));
        Send("ADDED", Secret(s_client, 3)); // one for each of the two watches
        await Until(() => Store.NextIsStaged("checkout"));
        Send("DELETED", Secret(s_client, 4));
        Send("DELETED", Secret(s_client, 4));
        await Until(() => !Store.NextIsStaged("checkout"));
    }

    [Fact]
    public async Task While_the_cluster_is_away_the_last_good_one_stays_and_requests_continue_until_it_is_back()
    {
        await FollowAsync(Source());
        var good = Current.Credential;
        await _server.StopAsync();

        await Until(() => Current.Fault is not null);
        Assert.Same(good, Current.Credential);
        Assert.EndsWith("secret/shop/checkout-tls cannot be read: the API server cannot be reached", Current.Fault!.Detail, StringComparison.Ordinal);
        Assert.False(State.Connected);

        _server.StartAgain();
        await Until(() => Current.Fault is null);
        Assert.Same(good, Current.Credential);
    }

    [Theory]
    [InlineData(401, "does not accept the token in ")]
    [InlineData(403, "a role has to allow get and watch of secrets with the resourceName checkout-tls in the namespace shop (kubectl auth can-i get secrets/checkout-tls --namespace shop)")]
    [InlineData(404, "secret/shop/checkout-tls does not exist")]
    [InlineData(302, "answers 302 and redirects to another address, which the token is not sent to")]
    [InlineData(500, "the API server answers 500")]
    public async Task Faults_are_reported_with_a_hint_and_without_the_words_of_the_server(int status, string detail)
    {
        (_status, _object) = (status, "t0ken: words of a stranger");

        await FollowAsync(Source());

        Assert.Contains(detail, Current.Fault!.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", Current.Fault.Detail + string.Concat(Log.Take().Select(entry => entry.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_may_be_read_but_not_watched_is_reported_and_read_periodically()
    {
        _watchStatus = 403;
        await FollowAsync(Source());
        await Until(() => Current.Fault is not null);
        Assert.Contains("cannot be watched: the API server answers 403: a role has to allow get and watch", Current.Fault!.Detail, StringComparison.Ordinal);
        var newer = s_authority.Client("checkout");

        _object = Secret(newer, 8);
        await Until(() => Current.Credential?.Leaf == newer.Certificate);
        Assert.NotNull(Current.Fault);
        _watchStatus = 200;
        await Until(() => Current.Fault is null);
    }

    /// <summary>Some proxies pass the response of a watch on when it is complete, which it never is.</summary>
    [Fact]
    public async Task A_watch_that_is_not_answered_is_a_fault_and_the_object_is_read_instead()
    {
        _hangs = true;
        await FollowAsync(Source());
        await Until(() => Current.Fault is not null);
        Assert.EndsWith("secret/shop/checkout-tls cannot be watched: the API server does not answer a watch", Current.Fault!.Detail, StringComparison.Ordinal);
        var newer = s_authority.Client("checkout");

        _object = Secret(newer, 8);
        await Until(() => Current.Credential?.Leaf == newer.Certificate);
        Assert.NotNull(Current.Fault);
        _hangs = false;
        await Until(() => Current.Fault is null);
    }

    [Fact]
    public async Task A_very_long_event_is_given_up()
    {
        await FollowAsync(Source());
        await Until(() => _server.TakeRequests().Any(request => request.Path.Contains("watch=true", StringComparison.Ordinal)));

        _events.Writer.TryWrite("""{"type":"MODIFIED",""");
        await Until(() => _server.TakeRequests().Any(request => request.Path.EndsWith("/checkout-tls", StringComparison.Ordinal)));

        Assert.Null(Current.Fault);
    }

    [Fact]
    public async Task The_token_of_a_pod_is_read_again_when_it_has_been_replaced()
    {
        await FollowAsync(Source());

        Files.Write("token", "renewed");
        _events.Writer.TryWrite(null);

        await Until(() => _server.TakeRequests().Any(request => request.Headers["Authorization"] == "Bearer renewed"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trust_anchors_come_from_a_ConfigMap_or_a_secret(bool isConfigMap)
    {
        var pem = TestPki.Pem(s_authority);
        _object = JsonSerializer.Serialize(new { kind = "X", metadata = new { resourceVersion = "3" }, data = new Dictionary<string, string> { ["ca.crt"] = isConfigMap ? pem : Base64(pem) } });
        var trust = new TrustSource("internal", []) { Origin = new KubernetesTrust(new KubernetesObject(Cluster(), "shop", "trust", isConfigMap), "ca.crt") };

        Follow(new PemFiles("/nonexistent/a.crt", "/nonexistent/a.key", null), null, trust);
        await Until(() => Store.Trust("internal").Bundle is not null);

        Assert.Equal([s_authority.Certificate], Store.Trust("internal").Bundle!.Anchors);
        Assert.Equal($"/api/v1/namespaces/shop/{(isConfigMap ? "configmaps" : "secrets")}/trust", _server.TakeRequests()[0].Path);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_kubeconfig_says_where_the_cluster_is_and_who_we_are(bool isNamed)
    {
        var kubeconfig = Files.Write("config", $$"""
            apiVersion: v1
            kind: Config
            current-context: {{(isNamed ? "other" : "shop")}}
            clusters:
            - name: test
              cluster: { server: "https://localhost:{{_server.Port}}", certificate-authority-data: {{Base64(TestPki.Pem(s_root))}} }
            contexts:
            - name: shop
              context:
                cluster: test
                user: prober
            users:
            - name: prober
              user:
                token: t0ken
            """);

        await FollowAsync(new KubernetesSecret(new KubernetesObject(new KubernetesCluster { Kubeconfig = kubeconfig, Context = isNamed ? "shop" : null }, "shop", "checkout-tls", false)));

        Assert.Equal((s_client.Certificate, null), (Current.Credential?.Leaf, Current.Fault));
        Assert.Equal("Bearer t0ken", _server.TakeRequests()[0].Headers["Authorization"]);
        Assert.Equal(isNamed ? kubeconfig + "#shop" : kubeconfig, State.Address);
    }

    private KubernetesSecret Source(string name = "checkout-tls") => new(new KubernetesObject(Cluster(), "shop", name, IsConfigMap: false));

    private KubernetesCluster Cluster() => new()
    {
        Server = _server.Address, TokenFile = File.Exists(Files.Path("token")) ? Files.Path("token") : Files.Write("token", "t0ken\n"), CaFile = Files.Write("ca.crt", TestPki.Pem(s_root)),
    };

    private void Send(string kind, string text) => _events.Writer.TryWrite($$"""{"type":"{{kind}}","object":{{text}}}""" + "\n");

    private Task ObjectAsync(HttpContext context) => ApiPeer.Text(_object ?? "{}", _status)(context);

    private async Task WatchAsync(HttpContext context)
    {
        if (_hangs)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        context.Response.StatusCode = _watchStatus;
        await context.Response.Body.FlushAsync();
        if (_watchStatus != 200) return;
        while (await _events.Reader.ReadAsync(context.RequestAborted) is { } text)
        {
            await context.Response.WriteAsync(text);
            await context.Response.Body.FlushAsync();
        }
    }

    private static string Secret(TestCertificate client, int version) => JsonSerializer.Serialize(new
    {
        kind = "Secret", apiVersion = "v1",
        metadata = new { name = "checkout-tls", @namespace = "shop", resourceVersion = $"{version}" },
        data = new Dictionary<string, string> { ["tls.crt"] = Base64(TestPki.Pem(client)), ["tls.key"] = Base64(client.KeyPem) },
        type = "kubernetes.io/tls",
    });

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
