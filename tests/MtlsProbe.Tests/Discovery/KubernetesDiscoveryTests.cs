using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Discovery;

/// <summary>Targets from Kubernetes objects, against an API server of the tests that lists in pages, watches, forgets versions, breaks connections and hangs.</summary>
public sealed partial class KubernetesDiscoveryTests : DiscoveryRig
{
    private static readonly TestCertificate s_root = TestPki.Root("Cluster");

    private readonly ConcurrentDictionary<string, List<string>> _objects = []; // by the path of the list
    private readonly ConcurrentDictionary<string, Channel<string?>> _events = []; // null: the stream ends
    private readonly ApiPeer _server;
    private readonly TaskCompletionSource _release = new();
    private int _version = 7;
    private int _listStatus = 200;
    private int _watchStatus = 200;
    private string _retryAfter = "";
    private bool _expires;
    private bool _answersNoWatch;
    private bool _endsWatches;
    private int _expiredPages; // requests for a further page that are answered with 410
    private bool _neverEnds; // every page says that there is a next one

    public KubernetesDiscoveryTests() => _server = new ApiPeer(s_root, context => context.Request.Query.ContainsKey("watch") ? WatchAsync(context) : ListAsync(context));

    public override async ValueTask DisposeAsync()
    {
        _release.TrySetResult();
        foreach (var events in _events.Values) events.Writer.TryWrite(null);
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Annotated_services_are_targets_and_their_annotations_are_keys()
    {
        _objects["/api/v1/services"] =
        [
            Service("payments", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/identity": "checkout", "mtlsprobe.io/interval": "1m", "mtlsprobe.io/label-team": "money", "other.io/probe": "x" }""", ("https", 8443), ("metrics", 9090)),
            Service("single", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/name": "single" }""", ("", 443)),
            Service("chosen", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/port": "db, 7000" }""", ("db", 5432), ("web", 80)),
            Service("silent", "{}", ("https", 443)),
            Service("no", """{ "mtlsprobe.io/probe": "false" }""", ("https", 443)),
            Service("unclear", """{ "mtlsprobe.io/probe": "true" }""", ("a", 1), ("b", 2)),
            Service("bad", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/identty": "x" }""", ("https", 443)),
        ];
        await StartAsync("role: service");

        Assert.Equal(["of-file", "chosen.shop.svc:5432", "chosen.shop.svc:7000", "payments.shop.svc:8443", "single"], Shown);
        var payments = Rig.State("payments.shop.svc:8443").Target;
        Assert.Equal(("checkout", TimeSpan.FromMinutes(1), "payments.shop.svc"), (payments.Identity, payments.Interval, payments.ServerName));
        Assert.Equal(["kubernetes_namespace=shop", "kubernetes_service=payments", "team=money"], payments.Labels.Select(label => $"{label.Name}={label.Value}"));
        Assert.Equal(
            [("service shop/bad", "bad.shop.svc:443.identty: unknown key"), ("service shop/unclear", "has several ports, and none is named https, tls or mtls")],
            Set.Rejected.Select(rejected => (rejected.Place, rejected.Problem)));
        Assert.Equal("/api/v1/services?limit=250", _server.TakeRequests()[0].Path);
    }

    [Fact]
    public async Task A_newer_object_takes_neither_the_name_nor_the_address_of_a_target()
    {
        _objects["/api/v1/services"] =
        [
            Created("2026-02-01T00:00:00Z", Service("aaa", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/name": "payments", "mtlsprobe.io/address": "elsewhere.test:443" }""", ("https", 443))),
            Created("2025-01-01T00:00:00Z", Service("payments", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/name": "payments" }""", ("https", 443))),
            Service("other", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/address": "elsewhere.test:443" }""", ("https", 443)),
        ];
        await StartAsync("role: service");

        Assert.Equal("payments.shop.svc:443", Rig.State("payments").Target.Address.ToString());
        Assert.Equal(["payments"], Set.LeftOut);
        Assert.Contains("other.shop.svc:443", Shown);

        static string Created(string at, string service) => service.Replace("\"metadata\": {", $"\"metadata\": {{ \"creationTimestamp\": \"{at}\",", StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_services_of_some_namespaces_by_a_selector()
    {
        _objects["/api/v1/namespaces/shop/services"] = [Service("payments", "{}", ("https", 443)), Service("no", """{ "mtlsprobe.io/probe": "false" }""", ("https", 443))];
        _objects["/api/v1/namespaces/stock/services"] = [Service("items", "{}", ("tls-web", 443)).Replace("\"shop\"", "\"stock\"", StringComparison.Ordinal)];
        await StartAsync("role: service, namespaces: [shop, stock], label_selector: 'team in (money, goods)', all: true");

        Assert.Equal(["of-file", "payments.shop.svc:443", "items.stock.svc:443"], Shown);
        Assert.Contains(_server.TakeRequests(), request => request.Path == "/api/v1/namespaces/stock/services?limit=250&labelSelector=team%20in%20%28money%2C%20goods%29");
    }

    [Fact]
    public async Task Each_ready_endpoint_of_an_annotated_service_is_a_target_with_the_name_of_the_service()
    {
        _objects["/api/v1/services"] = [Service("payments", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/port": "web" }""", ("web", 443)), Service("silent", "{}", ("web", 443))];
        _objects["/apis/discovery.k8s.io/v1/endpointslices"] =
        [
            Slice("payments-4", "payments", "IPv4", """[{ "addresses": ["10.0.0.1"], "conditions": { "ready": true }, "targetRef": { "kind": "Pod", "name": "payments-a" } }, { "addresses": ["10.0.0.2"], "conditions": { "ready": false } }]"""),
            Slice("payments-6", "payments", "IPv6", """[{ "addresses": ["fd00::1"] }]"""),
            Slice("silent-1", "silent", "IPv4", """[{ "addresses": ["10.0.0.9"] }]"""),
        ];
        await StartAsync("role: endpointslice");

        Assert.Equal(["of-file", "10.0.0.1:8443", "[fd00::1]:8443"], Shown);
        var target = Rig.State("10.0.0.1:8443").Target;
        Assert.Equal("payments.shop.svc", target.ServerName);
        Assert.Equal(["kubernetes_namespace=shop", "kubernetes_pod=payments-a", "kubernetes_service=payments"], target.Labels.Select(label => $"{label.Name}={label.Value}"));

        Send("/apis/discovery.k8s.io/v1/endpointslices", "MODIFIED", Slice("payments-4", "payments", "IPv4", """[{ "addresses": ["10.0.0.3"] }]"""));
        await Until(() => Shown.Contains("10.0.0.3:8443") && !Shown.Contains("10.0.0.1:8443"));
        Send("/api/v1/services", "DELETED", Service("payments", "{}"));
        await Until(() => Shown.Count() == 1);
    }

    [Fact]
    public async Task Pods_ingresses_and_gateways_are_targets()
    {
        _objects["/api/v1/pods"] =
        [
            Object("a", """ "spec": { "containers": [{ "ports": [{ "name": "https", "containerPort": 8443 }] }, {}] }, "status": { "phase": "Running", "podIP": "10.1.0.1" } """),
            Object("b", """ "spec": { "containers": [{ "ports": [{ "containerPort": 8443 }] }] }, "status": { "phase": "Pending" } """),
        ];
        await StartAsync("role: pod, all: true");
        Assert.Equal(["of-file", "10.1.0.1:8443"], Shown);

        _objects["/apis/networking.k8s.io/v1/ingresses"] = [Object("web", """ "spec": { "tls": [{ "hosts": ["shop.test", "*.shop.test"] }], "rules": [{ "host": "plain.test" }] } """)];
        await MoveAsync("role: ingress, all: true");
        Assert.Equal(["of-file", "shop.test:443"], Shown);
        Assert.Equal(("*.shop.test", "ingress shop/web"), (Assert.Single(Set.Rejected).Target, Set.Rejected[0].Place));

        _objects["/apis/gateway.networking.k8s.io/v1/gateways"] =
            [Object("edge", """ "spec": { "listeners": [{ "name": "a", "protocol": "HTTPS", "port": 8443, "hostname": "api.test" }, { "name": "b", "protocol": "HTTP", "port": 80 }, { "name": "c", "protocol": "TLS", "port": 1 }] } """)];
        await MoveAsync("role: gateway, all: true");
        Assert.Equal(["of-file", "api.test:8443"], Shown);
        Assert.Equal(1, Set.RejectedCount);
    }

    [Fact]
    public async Task Changes_are_followed_and_a_watch_continues_from_the_last_bookmark()
    {
        _objects["/api/v1/services"] = [Named("a")];
        await StartAsync("role: service");

        Send("/api/v1/services", "ADDED", Named("b"));
        Send("/api/v1/services", "MODIFIED", Service("a", """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/name": "renamed" }""", ("https", 443)));
        await Until(() => Shown.SequenceEqual(["of-file", "renamed", "b.shop.svc:443"]));
        Send("/api/v1/services", "DELETED", Named("b"));
        Send("/api/v1/services", "BOOKMARK", """{ "kind": "Service", "metadata": { "resourceVersion": "99" } }""");
        _objects["/api/v1/services"] = []; // a list would now be empty
        _events["/api/v1/services"].Writer.TryWrite(null);
        _server.TakeRequests();
        List<HttpRequestFacts> asked = [];
        await Until(() => { asked.AddRange(_server.TakeRequests()); return asked.Count > 0; });

        Assert.Contains("&resourceVersion=99", asked[0].Path, StringComparison.Ordinal); // the watch continues without a list
        Assert.Equal(["of-file", "renamed"], Shown);
    }

    [Theory]
    [InlineData("ERROR", """{ "kind": "Status", "code": 410, "reason": "Expired" }""")]
    [InlineData("ADDED", "no JSON")]
    [InlineData("status", "")]
    public async Task The_objects_are_listed_again_after_an_expired_version_or_an_unreadable_event(string kind, string text)
    {
        _objects["/api/v1/services"] = [Named("a")];
        await StartAsync("role: service");
        _objects["/api/v1/services"] = [Named("b")];
        if (kind == "status")
        {
            _expires = true;
            _events["/api/v1/services"].Writer.TryWrite(null);
        }
        else Send("/api/v1/services", kind, text);

        await Until(() => Shown.SequenceEqual(["of-file", "b.shop.svc:443"]));
        Assert.Null(Set.Fault);
    }

    [Theory]
    [InlineData("403", "services cannot be followed: the API server answers 403: we need a role that allows to watch these objects")]
    [InlineData("down", "services cannot be followed: the API server cannot be reached")]
    public async Task While_the_cluster_fails_its_targets_stay_and_the_reason_is_shown(string fault, string expected)
    {
        _objects["/api/v1/services"] = [Named("a")];
        await StartAsync("role: service");
        if (fault == "down") await _server.StopAsync();
        else _watchStatus = 403;
        _events["/api/v1/services"].Writer.TryWrite(null);

        await Until(() => Set.Fault is not null);
        Assert.EndsWith(expected, Set.Fault, StringComparison.Ordinal);
        Assert.Equal(["of-file", "a.shop.svc:443"], Shown);

        if (fault == "down") _server.StartAgain();
        _watchStatus = 200;
        await Until(() => Set.Fault is null);
    }

    [Fact]
    public async Task Without_permission_to_list_the_fault_names_the_missing_permission()
    {
        _listStatus = 403;
        Start(Place("role: service"));
        await Until(() => Fleet.Ready && Set.IsKnown);

        Assert.EndsWith("services cannot be followed: the API server answers 403: we need a role that allows to list these objects", Set.Fault, StringComparison.Ordinal);
        Assert.Equal(["of-file"], Shown);
        Assert.Single(Rig.Log.TakeShown(), line => line.Level == LogLevel.Warning && line.Text.StartsWith("catalogue does not deliver all of its targets: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lists_are_read_in_pages_and_a_stream_that_stops_within_an_event_is_restarted()
    {
        _objects["/api/v1/services"] = [.. Enumerable.Range(100, 600).Select(i => Named(FormattableString.Invariant($"s{i}")))];
        await StartAsync("role: service");
        Assert.Equal(601, Shown.Count());
        Assert.Equal(3, _server.TakeRequests().Count(request => request.Path.Contains("limit=250", StringComparison.Ordinal)));

        _events["/api/v1/services"].Writer.TryWrite("{\"type\":"); // and never the end of the line
        await Until(() => _server.TakeRequests().Any(request => request.Path.Contains("watch=true", StringComparison.Ordinal)), hangs: true);
        Send("/api/v1/services", "DELETED", Named("s100"));
        await Until(() => Shown.Count() == 600);
    }

    [Fact]
    public async Task A_watch_that_is_not_answered_is_a_fault()
    {
        _objects["/api/v1/services"] = [Named("a")];
        _answersNoWatch = true;
        Start(Place("role: service"));
        await Until(() => Fleet.Ready && Set.Fault is not null, hangs: true);

        Assert.EndsWith("services cannot be followed: the API server does not answer the watch within 30 s", Set.Fault, StringComparison.Ordinal);
        Assert.Equal(["of-file", "a.shop.svc:443"], Shown);
    }

    [Fact]
    public async Task Where_watches_end_at_once_the_objects_are_listed_again()
    {
        _objects["/api/v1/services"] = [Named("a")];
        _endsWatches = true;
        await StartAsync("role: service");

        _objects["/api/v1/services"] = [Named("a"), Named("b")];
        await Until(() => Shown.Contains("b.shop.svc:443"));
    }

    [Fact]
    public async Task A_list_whose_pages_expire_is_started_again()
    {
        _objects["/api/v1/services"] = [.. Enumerable.Range(100, 300).Select(i => Named(FormattableString.Invariant($"s{i}")))];
        _expiredPages = 2;
        await StartAsync("role: service");

        Assert.Equal(301, Shown.Count());
        Assert.Equal(6, _server.TakeRequests().Count(request => request.Path.Contains("limit=250", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Pages_that_are_too_large_are_requested_in_smaller_parts()
    {
        var text = new string('x', 200_000);
        _objects["/api/v1/services"] = [.. Enumerable.Range(100, 100).Select(i => Named(FormattableString.Invariant($"s{i}")).Replace("\"shop\"", $"\"shop\", \"selfLink\": \"{text}\"", StringComparison.Ordinal))];
        await StartAsync("role: service");

        Assert.Equal(101, Shown.Count());
        Assert.Equal([250, 62, 62], _server.TakeRequests().Select(request => Limit().Match(request.Path)).Where(limit => limit.Success).Select(limit => int.Parse(limit.Groups[1].Value, null)));
    }

    [Fact]
    public async Task A_list_without_an_end_is_given_up()
    {
        _objects["/api/v1/services"] = [Named("a")];
        _neverEnds = true;
        Start(Place("role: service"));
        await Until(() => Fleet.Ready && Set.IsKnown, hangs: true);

        Assert.EndsWith("services cannot be followed: no complete list within 2 minutes", Set.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "300", 300)]
    [InlineData(503, "86400", 600)] // at most ten minutes
    public async Task A_server_that_is_overloaded_is_left_alone_as_long_as_it_asks(int status, string retryAfter, int seconds)
    {
        (_listStatus, _retryAfter) = (status, retryAfter);
        Start(Place("role: service"));
        await Until(() => Fleet.Ready && Set.IsKnown);
        _listStatus = 200;
        _server.TakeRequests();
        var begun = Time.GetTimestamp();
        await Until(() => _server.TakeRequests().Count > 0);

        Assert.InRange(Time.GetElapsedTime(begun).TotalSeconds, seconds - 10, seconds + 1);
    }

    [Fact]
    public async Task A_renewed_token_is_used()
    {
        _objects["/api/v1/services"] = [Named("a")];
        await StartAsync("role: service");
        Assert.All(_server.TakeRequests(), request => Assert.Equal("Bearer t0ken", request.Headers["Authorization"]));

        Files.Write("token", "renewed");
        _watchStatus = 401;
        _events["/api/v1/services"].Writer.TryWrite(null);
        await Until(() => Set.Fault is not null);
        Assert.EndsWith("the API server answers 401: it does not accept our credential; has the token expired, or is it for another cluster?", Set.Fault, StringComparison.Ordinal);
        _server.TakeRequests();
        _watchStatus = 200;
        await Until(() => Set.Fault is null);
        Assert.All(_server.TakeRequests(), request => Assert.Equal("Bearer renewed", request.Headers["Authorization"]));
    }

    [Fact]
    public async Task Annotations_cannot_forge_our_labels_and_bad_ports_are_reported()
    {
        _objects["/apis/networking.k8s.io/v1/ingresses"] =
        [
            Object("web", """ "spec": { "tls": [{ "hosts": ["shop.test"] }] } """, """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/port": "https" }"""),
            Object("forged", """ "spec": { "tls": [{ "hosts": ["forged.test"] }] } """, """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/label-kubernetes_namespace": "other" }"""),
            Object("good", """ "spec": { "tls": [{ "hosts": ["good.test"] }] } """, """{ "mtlsprobe.io/probe": "true", "mtlsprobe.io/port": "8443", "mtlsprobe.io/label-target": "other", "mtlsprobe.io/address": "evil.test:443", "mtlsprobe.io/label-__mtlsprobe_address": "evil.test:443" }"""),
        ];
        await StartAsync("role: ingress");

        Assert.Equal(["of-file", "good.test:8443"], Shown);
        Assert.Equal("other", Assert.Single(Rig.State("good.test:8443").Target.Labels, label => label.Name == "exported_target").Value);
        Assert.Equal(
            [("forged.test:443", "forged.test:443.labels.kubernetes_namespace: is given twice"), ("shop.test", "has no port \"https\" as mtlsprobe.io/port requires")],
            Set.Rejected.Select(rejected => (rejected.Target, rejected.Problem)));
    }

    [Fact]
    public async Task A_watch_that_starts_at_version_0_repeats_all_objects_and_nothing_changes()
    {
        _objects["/api/v1/services"] = [Named("a")];
        _version = -1; // of the list: 0
        await StartAsync("role: service");
        var targets = Set.Targets;
        Assert.Contains(_server.TakeRequests(), request => request.Path.Contains("&resourceVersion=0", StringComparison.Ordinal));

        Send("/api/v1/services", "ADDED", Named("a"));
        Send("/api/v1/services", "ADDED", Named("b"));
        await Until(() => Shown.Contains("b.shop.svc:443"));
        Assert.Equal(["of-file", "a.shop.svc:443", "b.shop.svc:443"], Shown);
        Assert.Same(targets[0], Set.Targets[0]);
    }

    private static string Named(string name) => Service(name, """{ "mtlsprobe.io/probe": "true" }""", ("https", 443));

    private static string Service(string name, string annotations, params IEnumerable<(string Name, int Number)> ports) =>
        $$"""{ "metadata": { "name": "{{name}}", "namespace": "shop", "resourceVersion": "8", "annotations": {{annotations}} }, "spec": { "ports": [{{string.Join(", ", ports.Select(port => FormattableString.Invariant($$"""{ "name": "{{port.Name}}", "port": {{port.Number}}, "protocol": "TCP" }""")))}}] } }""";

    private static string Slice(string name, string service, string type, string endpoints) =>
        $$"""{ "metadata": { "name": "{{name}}", "namespace": "shop", "resourceVersion": "8", "labels": { "kubernetes.io/service-name": "{{service}}" } }, "addressType": "{{type}}", "ports": [{ "name": "web", "port": 8443, "protocol": "TCP" }], "endpoints": {{endpoints}} }""";

    private static string Object(string name, string rest, string annotations = "{}") => $$"""{ "metadata": { "name": "{{name}}", "namespace": "shop", "resourceVersion": "8", "annotations": {{annotations}} }, {{rest}} }""";

    private string Place(string keys) =>
        $"kubernetes: {{ {keys}, server: '{_server.Address}', token_file: {Files.Write("token", "t0ken")}, ca_file: {Files.Write("ca.crt", s_root.CertificatePem)} }}";

    private async Task StartAsync(string keys)
    {
        Start(Place(keys));
        await Until(() => Fleet.Ready && Set is { IsKnown: true, Fault: null });
    }

    private async Task MoveAsync(string keys)
    {
        Rig.Write(Configuration(Place(keys)));
        var before = Set.Targets;
        Assert.True((await Fleet.ReloadAsync()).Success);
        await Until(() => Set.Fault is null && Set.Targets != before);
    }

    private void Send(string path, string kind, string text) => Events(path).Writer.TryWrite(text == "no JSON" ? "{\"type\":\"ADDED\",\n" : $$"""{"type":"{{kind}}","object":{{text.ReplaceLineEndings("")}}}""" + "\n");

    [GeneratedRegex(@"[?&]limit=(\d+)")]
    private static partial Regex Limit();

    private Channel<string?> Events(string path) => _events.GetOrAdd(path, _ => Channel.CreateUnbounded<string?>());

    private Task ListAsync(HttpContext context)
    {
        if (_retryAfter.Length > 0) context.Response.Headers.RetryAfter = _retryAfter;
        if (_listStatus != 200) return ApiPeer.Text("{}", _listStatus)(context);
        if (context.Request.Query.ContainsKey("continue") && _expiredPages-- > 0) return ApiPeer.Text("{}", 410)(context);
        var all = _objects.GetValueOrDefault(context.Request.Path.Value!) ?? [];
        var first = int.Parse(context.Request.Query["continue"].FirstOrDefault() ?? "0", null);
        var page = all.Skip(first).Take(int.Parse(context.Request.Query["limit"].First()!, null)).ToList();
        var next = first + page.Count < all.Count || _neverEnds ? FormattableString.Invariant($"{first + page.Count}") : "";
        return ApiPeer.Text(FormattableString.Invariant($$"""{ "kind": "List", "metadata": { "resourceVersion": "{{Interlocked.Increment(ref _version)}}", "continue": "{{next}}" }, "items": [{{string.Join(",", page)}}] }"""))(context);
    }

    private async Task WatchAsync(HttpContext context)
    {
        if (_expires)
        {
            _expires = false;
            context.Response.StatusCode = 410;
            return;
        }

        if (_watchStatus != 200)
        {
            context.Response.StatusCode = _watchStatus;
            return;
        }

        if (_answersNoWatch)
        {
            await Task.WhenAny(_release.Task, Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.StartAsync();
        if (_endsWatches) return;
        await context.Response.Body.FlushAsync();
        var events = Events(context.Request.Path.Value!);
        try
        {
            while (await events.Reader.ReadAsync(context.RequestAborted) is { } line)
            {
                await context.Response.WriteAsync(line);
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone.
        }
    }
}
