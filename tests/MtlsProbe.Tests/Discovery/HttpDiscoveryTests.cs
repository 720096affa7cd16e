using System.Text;
using Microsoft.AspNetCore.Http;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Discovery;

/// <summary>Targets that a server lists in the format of Prometheus.</summary>
public sealed class HttpDiscoveryTests : DiscoveryRig
{
    private const string Good = """[{ "targets": ["a.test:443"], "labels": { "team": "money", "__meta_url": "x" } }]""";

    private static readonly TestCertificate s_root = TestPki.Root("Catalogue");

    private readonly ApiPeer _server = new(s_root, ApiPeer.Text(Good));

    private string Place(string more = "") => $"http: {{ url: 'https://localhost:{_server.Port}/targets?of=us', ca_file: {Files.Write("ca.crt", s_root.CertificatePem)}, refresh: 10s {more} }}";

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Targets_are_followed_and_requests_have_the_headers_of_Prometheus()
    {
        await StartAsync(Place());
        Assert.Equal(["of-file", "a.test:443"], Shown);
        Assert.Equal("money", Assert.Single(Rig.State("a.test:443").Target.Labels).Value);
        var request = _server.TakeRequests()[0];
        Assert.Equal(("/targets?of=us", "application/json", "10"), (request.Path, request.Headers["Accept"], request.Headers["X-Prometheus-Refresh-Interval-Seconds"]));
        Assert.DoesNotContain("Authorization", request.Headers.Keys);

        _server.Answer = ApiPeer.Text("""[{ "targets": ["b.test:443", "b test"] }]""");
        await Until(() => Shown.Contains("b.test:443"));
        Assert.Equal(["of-file", "b.test:443"], Shown);
        Assert.Equal($"https://localhost:{_server.Port}/targets?…:1:30", Assert.Single(Set.Rejected).Place);
    }

    [Theory]
    [InlineData("down", "the server cannot be reached")]
    [InlineData("503", "the server answers 503")]
    [InlineData("401", "the server answers 401: it requires authentication; configure basic_auth or token_file")]
    [InlineData("html", "/targets?…:1:1: this is not valid JSON")]
    [InlineData("half", "/targets?…:1:31: this is not valid JSON")]
    [InlineData("large", "the response has more than 16 MiB")]
    [InlineData("slow", "no complete response within 30 s")]
    [InlineData("cut", "")]
    [InlineData("circle", "there are more than 5 redirects")]
    [InlineData("nowhere", "the server answers 302, but a redirect from https:// to http:// is not followed")]
    public async Task While_the_server_fails_its_targets_stay_and_the_reason_is_shown(string fault, string expected)
    {
        await StartAsync(Place());
        var success = Set.LastSuccess;
        var release = new TaskCompletionSource();
        _server.Answer = fault switch
        {
            "503" => ApiPeer.Text("no", 503),
            "401" => ApiPeer.Text("no", 401),
            "html" => ApiPeer.Text("<html>Who are you?</html>"),
            "half" => ApiPeer.Text("""[{ "targets": ["z.test:443"] },"""),
            "large" => async context =>
            {
                var part = Encoding.ASCII.GetBytes(new string(' ', 1 << 20));
                for (var i = 0; i < 20 && !context.RequestAborted.IsCancellationRequested; i++) await context.Response.Body.WriteAsync(part);
            },
            "slow" => async context =>
            {
                await context.Response.WriteAsync("[");
                await context.Response.Body.FlushAsync();
                await release.Task;
            },
            "cut" => async context =>
            {
                context.Response.ContentLength = 100;
                await context.Response.WriteAsync("[");
                await context.Response.Body.FlushAsync();
                context.Abort();
            },
            "circle" => context => Redirect(context, $"https://localhost:{_server.Port}/targets?of=us"),
            "nowhere" => context => Redirect(context, "http://localhost/targets"),
            _ => _server.Answer,
        };
        if (fault == "down") await _server.StopAsync();
        await Until(() => Set.Fault is not null, hangs: fault == "slow");

        Assert.EndsWith(expected, Set.Fault, StringComparison.Ordinal);
        Assert.Equal(["of-file", "a.test:443"], Shown);
        Assert.True(Set.Since > success && Set.LastSuccess < Set.Since);
        release.SetResult();

        if (fault == "down") _server.StartAgain();
        _server.Answer = ApiPeer.Text(Good);
        await Until(() => Set.Fault is null);
        Assert.Equal(["of-file", "a.test:443"], Shown);
    }

    [Fact]
    public async Task A_compressed_response_is_refused_and_the_query_of_the_URL_is_never_shown()
    {
        _server.Answer = context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.WriteAsync("[]");
        };
        Start(Place().Replace("of=us", "key=s3cret", StringComparison.Ordinal));
        await Until(() => Fleet.Ready && Set.Fault is not null);

        Assert.Equal($"https://localhost:{_server.Port}/targets?… cannot be read: the response is compressed, although we did not ask for that", Set.Fault);
        Assert.Equal("/targets?key=s3cret", _server.TakeRequests()[0].Path);
        Assert.DoesNotContain(Rig.Log.TakeShown(), line => line.Text.Contains("s3cret", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret", Set.Place!.Shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("60", 60)] // longer than refresh
    [InlineData("86400", 600)] // at most ten minutes
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 1)]
    public async Task A_server_that_is_overloaded_is_left_alone_as_long_as_it_asks(string retryAfter, int seconds)
    {
        _server.Answer = context =>
        {
            context.Response.Headers.RetryAfter = retryAfter;
            return ApiPeer.Text("", 429)(context);
        };
        Start(Place());
        await Until(() => Fleet.Ready && Set.Fault is not null);
        _server.TakeRequests();
        var begun = Time.GetTimestamp();
        await Until(() => _server.TakeRequests().Count > 0);

        Assert.InRange(Time.GetElapsedTime(begun).TotalSeconds, seconds - 10, seconds + 10);
    }

    [Fact]
    public async Task An_entity_tag_avoids_the_body_and_an_equal_body_changes_nothing()
    {
        List<int> statuses = [];
        _server.Answer = context =>
        {
            context.Response.Headers.ETag = "\"one\"";
            statuses.Add(context.Request.Headers.IfNoneMatch == "\"one\"" ? 304 : 200);
            return statuses[^1] == 304 ? ApiPeer.Text("", 304)(context) : ApiPeer.Text(Good)(context);
        };
        await StartAsync(Place());
        var (targets, success) = (Set.Targets, Set.LastSuccess);

        await Until(() => statuses.Count >= 4 && Set.LastSuccess > success);
        Assert.Equal([200, 304, 304, 304], statuses.Take(4));

        _server.Answer = ApiPeer.Text(Good); // without a tag
        _server.TakeRequests();
        var asked = 0;
        await Until(() => (asked += _server.TakeRequests().Count) >= 3);
        Assert.Null(Set.Fault);
        Assert.True(targets.IsSame(Set.Targets));
    }

    [Fact]
    public async Task Tokens_and_passwords_are_read_for_each_request_and_sent_to_the_configured_server_only()
    {
        await using var other = new ApiPeer(s_root, ApiPeer.Text(Good));
        Files.Write("token", "first\n");
        await StartAsync(Place($", token_file: {Files.Path("token")}"));
        Assert.Equal("Bearer first", _server.TakeRequests()[0].Headers["Authorization"]);

        Files.Write("token", "second");
        await Until(() => _server.TakeRequests().Any(request => request.Headers["Authorization"] == "Bearer second"));

        _server.Answer = context => Redirect(context, other.Address + "elsewhere");
        await Until(() => other.TakeRequests() is [.., var led] && led.Path == "/elsewhere" && !led.Headers.ContainsKey("Authorization"));
        await Until(() => Set.Fault is null);

        File.Delete(Files.Path("token"));
        await Until(() => Set.Fault is not null);
        Assert.Equal(Files.Path("token") + " does not exist", Set.Fault);

        Rig.Write(Configuration(Place($", basic_auth: {{ username: us, password_file: {Files.Write("password", "pässword\n")} }}")));
        Assert.True((await Fleet.ReloadAsync()).Success);
        _server.TakeRequests();
        _server.Answer = ApiPeer.Text(Good);
        await Until(() => Set.IsKnown && Set.Fault is null);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("us:pässword")), _server.TakeRequests()[0].Headers["Authorization"]);
        Assert.DoesNotContain(Rig.Log.TakeShown(), line => line.Text.Contains("second", StringComparison.Ordinal) || line.Text.Contains("pässword", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_configured_authorities_are_trusted()
    {
        Files.Write("other.crt", TestPki.Root("Other").CertificatePem);
        Start($"http: {{ url: '{_server.Address}', ca_file: {Files.Path("other.crt")} }}");
        await Until(() => Fleet.Ready && Set.Fault is not null);

        Assert.Equal($"{_server.Address} cannot be read: the certificate of the server is not trusted", Set.Fault);
        Assert.Empty(_server.TakeRequests());
    }

    private static Task Redirect(HttpContext context, string to)
    {
        context.Response.Redirect(to);
        return Task.CompletedTask;
    }

    private async Task StartAsync(string place)
    {
        Start(place);
        await Until(() => Fleet.Ready && Set.Fault is null && Set.IsKnown);
    }
}
