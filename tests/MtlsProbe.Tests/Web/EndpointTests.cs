using System.IO.Compression;
using System.Net;
using System.Text.Json;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

public sealed class EndpointTests
{
    private const string TwoTargets = """
        targets:
        - { name: payments, address: "payments.internal:8443", timeout: 4s, labels: { team: money } }
        - { name: orders, address: "orders.internal:8443" }
        """;

    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private const string Text = "text/plain; version=0.0.4; charset=utf-8";

    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.4,*/*;q=0.2", OpenMetrics)]
    [InlineData("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8", Text)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0", Text)]
    [InlineData("application/openmetrics-text;version=7.0.0", Text)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,text/plain;version=0.0.4;q=0.5", Text)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Text)]
    [InlineData("*/*", Text)]
    [InlineData("", Text)]
    [InlineData("nonsense;;q=,", Text)]
    public async Task The_client_gets_its_preferred_format(string accept, string expected)
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);

        var answer = await served.GetAsync("/metrics", ("Accept", accept));

        Assert.Equal((200, expected), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Equal(expected == OpenMetrics, answer.Text.EndsWith("# EOF\n", StringComparison.Ordinal));
        Assert.Contains("mtlsprobe_target_info{target=\"payments\",team=\"money\",", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_compressed_for_clients_that_accept_it()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);
        foreach (var accept in new[] { "text/plain", "application/openmetrics-text" })
        {
            var plain = await served.GetAsync("/metrics", ("Accept", accept));
            var compressed = await served.GetAsync("/metrics", ("Accept", accept), ("Accept-Encoding", "gzip"));

            Assert.False(plain.Headers.ContainsKey("Content-Encoding"));
            Assert.Equal("gzip", compressed.Headers["Content-Encoding"]);
            using var text = new StreamReader(new GZipStream(new MemoryStream(compressed.Body), CompressionMode.Decompress));
            Assert.Contains("mtlsprobe_build_info{version=\"1.2.3\"", await text.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/metrics")]
    [InlineData("/probe?target=payments")]
    [InlineData("/api/v1/targets")]
    [InlineData("/-/healthy")]
    public async Task A_request_for_the_head_has_the_same_headers_as_the_whole(string path)
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);

        var head = await served.SendAsync(HttpMethod.Head, path);
        var whole = await served.GetAsync(path);

        Assert.Equal((200, whole.Headers["Content-Type"]), (head.Status, head.Headers["Content-Type"]));
        Assert.Empty(head.Body);
        Assert.NotEmpty(whole.Body);
    }

    [Fact]
    public async Task A_target_probed_on_demand_gives_the_metrics_of_this_probe_alone()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);
        served.Probe = job => Task.FromResult(Samples.Rejected(job.Target));

        var answer = await served.GetAsync("/probe?target=payments");

        Assert.Equal((200, Text), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Contains("mtlsprobe_success{target=\"payments\",team=\"money\",", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("orders", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("_total", answer.Text, StringComparison.Ordinal);
        Assert.Equal("payments", Assert.Single(served.Probes).Job.Target.Name);
        Assert.DoesNotContain("mtlsprobe_success{", (await served.GetAsync("/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_diagnosis_on_demand_holds_the_verdict_the_record_and_the_metrics()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);
        served.Probe = job => Task.FromResult(Samples.Rejected(job.Target));

        var answer = await served.GetAsync("/probe?target=payments&debug=true");

        Assert.Equal("text/plain; charset=utf-8", answer.Headers["Content-Type"]);
        Assert.Contains(Reasons.CertificateExpired.Hint[..30], answer.Text, StringComparison.Ordinal);
        Assert.Contains("\"reason\": \"certificate_expired\"", answer.Text, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe_failure_info{", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/probe", 400)]
    [InlineData("/probe?target=", 400)]
    [InlineData("/probe?target=nobody", 404)]
    [InlineData("/probe?target=example.com:443", 403)]
    public async Task A_target_that_is_not_configured_is_not_probed_and_a_sentence_says_so(string path, int status)
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);

        var answer = await served.GetAsync(path);

        Assert.Equal(status, answer.Status);
        Assert.EndsWith(".\n", answer.Text, StringComparison.Ordinal);
        Assert.Empty(served.Probes);
    }

    [Fact]
    public async Task If_the_configuration_allows_it_any_address_is_probed_with_the_credential_of_the_request()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets + "\nidentities: { checkout: { current: { certificate: a.crt, key: a.key } } }\nweb: { allow_free_targets: true }\n");

        var answer = await served.GetAsync("/probe?target=[::1]:8443&identity=checkout&server_name=other.test&protocol=tls&proxy=http://a.test:3128&proxy_protocol=v2&source_address=127.0.0.2");
        var unknown = await served.GetAsync("/probe?target=[::1]:8443&identity=nobody");

        var target = Assert.Single(served.Probes).Job.Target;
        Assert.Equal(("::1", 8443, "other.test", new Tls(), "checkout"), (target.Address.Host, target.Address.Port, target.ServerName, target.Protocol, target.Identity));
        Assert.Same(Way.Direct, target.Way); // a caller cannot choose a proxy
        Assert.Contains("target=\"[::1]:8443\",address=\"[::1]:8443\"", answer.Text, StringComparison.Ordinal);
        Assert.Equal(404, unknown.Status);
    }

    [Theory]
    [InlineData("target=example.com", "target: \"example.com\" is not a target of the configuration, and is not an address: add the port, as in example.com:443.\n")]
    [InlineData("target=https://example.com", "target: \"https://example.com\" is not a target of the configuration, and is not an address: write only host:port")]
    [InlineData("target=a:1&protocol=http", "protocol: \"http\" is not a protocol that MtlsProbe supports: did you mean https?.\n")]
    [InlineData("target=a:1&server_id=payments", "server_id: \"payments\" is not a SPIFFE ID: it does not begin with spiffe://")]
    [InlineData("target=a:1&server_name=*.example.com", "server_name: \"*.example.com\" is neither a host name nor an IP address: without port")]
    [InlineData("target=a:1&identity=.", "identity: \".\" is not a valid name")]
    [InlineData("target=a:1&trust=%1b[31m", "trust: \"\\u{1b}[31m\" is not a valid name")]
    [InlineData("target=a:1&server_name=-----BEGIN%20PRIVATE%20KEY-----", "server_name: holds a key or a certificate itself")]
    public async Task A_wrong_parameter_of_a_free_target_is_refused_in_the_words_of_the_configuration(string query, string expected)
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets + "\nweb: { allow_free_targets: true }\n");

        var answer = await served.GetAsync("/probe?" + query);

        Assert.Equal(400, answer.Status);
        Assert.StartsWith(expected, answer.Text, StringComparison.Ordinal);
        Assert.Empty(served.Probes);
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData("2", 1.75)]
    [InlineData("60", 4)]
    [InlineData("0.2", 0.1)]
    [InlineData("-1", 4)]
    [InlineData("NaN", 4)]
    [InlineData("1e300", 4)]
    [InlineData("soon", 4)]
    public async Task A_probe_on_demand_ends_before_the_timeout_of_the_scraper_and_within_that_of_the_target(string? header, double seconds)
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);

        await served.GetAsync("/probe?target=payments", header is null ? [] : [("X-Prometheus-Scrape-Timeout-Seconds", header)]);

        Assert.Equal(TimeSpan.FromSeconds(seconds), Assert.Single(served.Probes).Timeout);
    }

    [Fact]
    public async Task A_flood_of_probes_on_demand_is_refused_and_a_finished_one_frees_its_place()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var served = await ServedFleet.StartAsync(TwoTargets);
        served.Probe = async job =>
        {
            await hold.Task;
            return Samples.Accepted(job.Target);
        };

        var requests = Enumerable.Range(0, ProbeEndpoint.MostAtOnce + 1).Select(_ => served.GetAsync("/probe?target=payments")).ToList();
        var refused = await await Task.WhenAny(requests);
        hold.SetResult();
        var answers = await Task.WhenAll(requests);

        Assert.Equal(503, refused.Status);
        Assert.Equal(ProbeEndpoint.MostAtOnce, answers.Count(answer => answer.Status == 200));
        Assert.Equal(200, (await served.GetAsync("/probe?target=payments")).Status);
    }

    [Fact]
    public async Task A_probe_on_demand_does_not_delay_the_end_of_the_program()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var served = await ServedFleet.StartAsync(TwoTargets);
        served.Probe = _ =>
        {
            begun.SetResult();
            return new TaskCompletionSource<ProbeResult>().Task;
        };

        var answer = served.GetAsync("/probe?target=payments");
        await begun.Task;
        await served.StopAsync();

        Assert.Equal((503, "MtlsProbe is being stopped.\n"), ((await answer).Status, (await answer).Text));
    }

    [Fact]
    public async Task The_results_are_listed_once_they_exist_and_it_is_ready_after_the_first_round()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);
        Assert.Equal(("[]", 503), ((await served.GetAsync("/api/v1/targets")).Text, (await served.GetAsync("/-/ready")).Status));

        served.Run();
        await served.ReadyAsync();

        var answer = await served.GetAsync("/api/v1/targets");
        using var records = JsonDocument.Parse(answer.Body);
        Assert.Equal("application/json; charset=utf-8", answer.Headers["Content-Type"]);
        Assert.Equal(["payments", "orders"], records.RootElement.EnumerateArray().Select(record => record.GetProperty("target").GetString()));
        Assert.All(records.RootElement.EnumerateArray(), record => Assert.Equal("accepted", record.GetProperty("outcome").GetString()));
        Assert.Contains("mtlsprobe_success{target=\"payments\"", (await served.GetAsync("/metrics")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_accepts_a_good_configuration_and_refuses_a_bad_one_with_all_its_errors()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);

        await File.WriteAllTextAsync(served.ConfigFile, "targets:\n- { name: new, address: \"new.internal:1\" }\n");
        var good = await served.SendAsync(HttpMethod.Post, "/-/reload");
        await File.WriteAllTextAsync(served.ConfigFile, "targets:\n- { name: a, adress: \"a:1\" }\n- { name: b, address: nowhere, protocol: tls }\n");
        var bad = await served.SendAsync(HttpMethod.Post, "/-/reload");
        var metrics = (await served.GetAsync("/metrics")).Text;

        Assert.Equal((200, 500), (good.Status, bad.Status));
        Assert.Contains("mtlsprobe.yml:2:", bad.Text, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe.yml:3:", bad.Text, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe_target_info{target=\"new\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("payments", metrics, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe_config_last_reload_successful 0\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_GET_of_the_reload_reloads_nothing()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);
        await File.WriteAllTextAsync(served.ConfigFile, "targets: []\n");

        var answer = await served.GetAsync("/-/reload");

        Assert.Equal((405, "This path accepts POST, PUT only.\n"), (answer.Status, answer.Text));
        Assert.Contains("payments", (await served.GetAsync("/metrics")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/favicon.ico", 404)]
    [InlineData("GET", "/debug/pprof/", 404)]
    [InlineData("POST", "/metrics", 405)]
    [InlineData("DELETE", "/-/reload", 405)]
    public async Task An_unknown_path_has_a_short_answer(string method, string path, int status)
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets);

        var answer = await served.SendAsync(new HttpMethod(method), path);

        Assert.Equal(status, answer.Status);
        Assert.True(answer.Body.Length < 200);
    }

    [Fact]
    public async Task A_diagnosis_on_demand_of_many_replicas_and_credentials_names_how_they_differ_and_holds_every_record()
    {
        await using var served = await ServedFleet.StartAsync("""
            identities: { legacy: { current: { certificate: a.crt, key: a.key } } }
            targets:
            - { name: payments, address: "payments.internal:8443", addresses: all, must_reject: [legacy] }
            """);
        served.Resolve = _ => [IPAddress.Parse("10.0.0.7"), IPAddress.Parse("10.0.0.8")];
        served.Probe = job => Task.FromResult(
            job.Key.Expect == Expectation.Accept ? Samples.Accepted(job.Target)
            : job.Key.Address == "10.0.0.7:8443" ? Samples.TurnedAway(job.Target, "legacy")
            : Samples.LetIn(job.Target, "legacy"));

        var answer = await served.GetAsync("/probe?target=payments&debug=true");

        Assert.Contains("How the 2 addresses of payments differ\n  legacy (current), must be refused\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(4, answer.Text.Split("\"expect\": ").Length - 1);
        Assert.Contains("mtlsprobe_rejection_enforced{target=\"payments\",address=\"10.0.0.8:8443\",identity=\"legacy\"} 0\n", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configured_headers_are_on_every_answer()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets, new WebConfiguration { Headers = [new Label("X-Frame-Options", "deny")] });
        foreach (var path in new[] { "/", "/metrics", "/nowhere" }) Assert.Equal("deny", (await served.GetAsync(path)).Headers["X-Frame-Options"]);
    }

    [Fact]
    public async Task Every_configured_address_is_served()
    {
        await using var served = await ServedFleet.StartAsync(TwoTargets, addresses: 2);

        Assert.Equal(2, served.Addresses.Distinct().Count());
        Assert.All(served.Addresses, address => Assert.DoesNotContain(":0", address, StringComparison.Ordinal));
        foreach (var address in served.Addresses) Assert.Equal("MtlsProbe is healthy.\n", await served.Client.GetStringAsync(address + "/-/healthy"));
    }
}
