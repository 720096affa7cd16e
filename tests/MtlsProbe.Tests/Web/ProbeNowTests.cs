using System.Text.Json;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Web;

public class ProbeNowTests
{
    private const string Path = "/api/v1/targets/payments/probe";

    private const string Targets = """
        targets:
        - { name: payments, address: "payments.internal:8443", timeout: 4s, must_reject: [none], identity: checkout }
        - { name: orders, address: "orders.internal:8443" }
        identities: { checkout: { current: { certificate: a.crt, key: a.key } } }
        """;

    private static readonly (string, string) s_header = ("X-MtlsProbe", "1");

    [Fact]
    public async Task The_scheduled_probes_of_a_target_are_made_now_and_every_view_shows_their_results()
    {
        await using var served = await RunningAsync();
        served.Probe = job => Task.FromResult(job.Key.Expect == Expectation.Reject ? Samples.LetIn(job.Target) : Samples.Rejected(job.Target) with { At = served.Time.GetUtcNow() });
        var made = served.Probes.Count;
        var before = (await served.GetAsync("/metrics")).Text;
        Assert.Contains("mtlsprobe_handshakes_total{target=\"payments\",address=\"payments.internal:8443\",identity=\"checkout\",slot=\"current\",outcome=\"rejected\"} 0\n", before, StringComparison.Ordinal);

        var answer = await served.PostAsync(Path, s_header);

        Assert.Equal(200, answer.Status);
        Assert.Equal(["payments", "payments"], served.Probes.Skip(made).Select(probe => probe.Job.Key.Target));
        using var detail = JsonDocument.Parse(answer.Body);
        Assert.Equal(JsonValueKind.Null, detail.RootElement.GetProperty("note").ValueKind);
        Assert.Equal("refused", detail.RootElement.GetProperty("state").GetString());
        Assert.Equal(2, detail.RootElement.GetProperty("handshakes").GetArrayLength());
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);

        var after = (await served.GetAsync("/metrics")).Text;
        Assert.Contains("mtlsprobe_handshakes_total{target=\"payments\",address=\"payments.internal:8443\",identity=\"checkout\",slot=\"current\",outcome=\"rejected\"} 1\n", after, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe_rejection_enforced{target=\"payments\",address=\"payments.internal:8443\",identity=\"none\"} 0\n", after, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"refused\"", (await served.GetAsync("/api/v1/handshakes")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, 403)] // sent by a form or a plain fetch of another page
    [InlineData("1", "cross-site", 403)]
    [InlineData("1", "same-site", 403)]
    [InlineData("1", "none", 403)]
    [InlineData("1", "same-origin", 200)]
    [InlineData("anything", null, 200)] // curl
    public async Task A_page_of_another_origin_cannot_ask_for_probes(string? header, string? site, int status)
    {
        await using var served = await RunningAsync();
        var made = served.Probes.Count;

        var headers = new List<(string, string)> { ("Origin", "https://elsewhere.test") };
        if (header is not null) headers.Add(("X-MtlsProbe", header));
        if (site is not null) headers.Add(("Sec-Fetch-Site", site));
        var answer = status == 200 ? await served.PostAsync(Path, [.. headers]) : await served.SendAsync(HttpMethod.Post, Path, [.. headers]);

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200 ? 2 : 0, served.Probes.Count - made);
    }

    [Fact]
    public async Task A_preflight_request_for_the_header_is_not_granted()
    {
        await using var served = await RunningAsync();
        var answer = await served.SendAsync(
            HttpMethod.Options, Path, ("Origin", "https://elsewhere.test"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-mtlsprobe"));
        Assert.Equal(405, answer.Status);
        Assert.DoesNotContain(answer.Headers.Keys, name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("GET", Path, 405)]
    [InlineData("POST", "/api/v1/targets/nobody/probe", 404)]
    [InlineData("POST", "/api/v1/targets/example.com:443/probe", 404)]
    [InlineData("POST", Path + "?timeout=1s", 400)]
    public async Task Only_configured_targets_are_probed_and_only_by_the_right_method(string method, string path, int status)
    {
        await using var served = await RunningAsync();
        var made = served.Probes.Count;

        var answer = await served.SendAsync(new HttpMethod(method), path, s_header);

        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Equal(made, served.Probes.Count);
    }

    [Fact]
    public async Task A_repeated_request_that_is_too_early_learns_when_to_come_back()
    {
        await using var served = await RunningAsync();
        await served.PostAsync(Path, s_header);
        var made = served.Probes.Count;

        var again = await served.SendAsync(HttpMethod.Post, Path, s_header);
        Assert.Equal(429, again.Status);
        Assert.Equal("5", again.Headers["Retry-After"]);
        Assert.Contains("try again in 5 s.", again.Text, StringComparison.Ordinal);
        Assert.Equal(made, served.Probes.Count);

        served.Time.Advance(TimeSpan.FromSeconds(4.5));
        Assert.Equal("1", (await served.SendAsync(HttpMethod.Post, Path, s_header)).Headers["Retry-After"]);
        served.Time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(200, (await served.PostAsync(Path, s_header)).Status);
    }

    [Fact]
    public async Task A_request_for_a_silent_server_gets_the_known_state_after_two_timeouts()
    {
        await using var served = await RunningAsync();
        var silent = new TaskCompletionSource<ProbeResult>();
        served.Probe = _ => silent.Task;
        var asked = served.SendAsync(HttpMethod.Post, Path, s_header);
        await BegunAsync(served, 5); // three of the first round, and the two that are silent

        while (!asked.IsCompleted) served.Time.Advance(TimeSpan.FromSeconds(1));
        var answer = await asked;

        Assert.Equal(202, answer.Status);
        Assert.Contains("\"state\":\"healthy\"", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\"note\":\"The probes are still running.", answer.Text, StringComparison.Ordinal);
        silent.SetCanceled();
    }

    [Fact]
    public async Task A_request_for_probes_that_are_not_planned_yet_does_not_claim_that_they_were_made()
    {
        await using var served = await ServedFleet.StartAsync(Targets.Replace("timeout: 4s", "addresses: all", StringComparison.Ordinal)); // it resolves no name before it runs

        var answer = await served.SendAsync(HttpMethod.Post, Path, s_header);

        Assert.Equal(202, answer.Status);
        Assert.Contains("\"note\":\"No probe of this target is planned yet: its addresses are being looked up.\"", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"pending\"", answer.Text, StringComparison.Ordinal);
        Assert.Empty(served.Probes);
    }

    [Theory]
    [InlineData("payments.internal:8443", "elsewhere.internal:8443", 202, "have just been planned again")]
    [InlineData("name: payments", "name: renamed", 404, "No target with that name is configured")]
    public async Task A_reload_meanwhile_is_no_probe(string text, string after, int status, string sentence)
    {
        await using var served = await RunningAsync();
        var silent = new TaskCompletionSource<ProbeResult>();
        served.Probe = _ => silent.Task;
        var asked = served.SendAsync(HttpMethod.Post, Path, s_header);
        await BegunAsync(served, 5);

        await File.WriteAllTextAsync(served.ConfigFile, Targets.Replace(text, after, StringComparison.Ordinal));
        Assert.Equal(200, (await served.SendAsync(HttpMethod.Post, "/-/reload")).Status);
        var answer = await asked;

        Assert.Equal(status, answer.Status);
        Assert.Contains(sentence, answer.Text, StringComparison.Ordinal);
        silent.SetCanceled();
    }

    [Fact]
    public async Task A_program_that_is_being_stopped_delays_no_request()
    {
        await using var served = await RunningAsync();
        var silent = new TaskCompletionSource<ProbeResult>();
        served.Probe = _ => silent.Task;
        var asked = served.SendAsync(HttpMethod.Post, Path, s_header);
        await BegunAsync(served, 5);

        await served.StopAsync();

        Assert.Equal(503, (await asked).Status);
        silent.SetCanceled();
    }

    /// <summary>
    /// Waits until this many probes have begun. The clock moves more slowly than the machine, however busy that is: the request that waits for the
    /// probes has a deadline by the same clock.
    /// </summary>
    private static async Task BegunAsync(ServedFleet served, int probes)
    {
        while (served.Probes.Count < probes)
        {
            served.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>The program first stops probing, and then stops serving.</summary>
    [Fact]
    public async Task While_only_the_probes_have_been_stopped_no_new_ones_are_promised()
    {
        await using var served = await RunningAsync();
        var silent = new TaskCompletionSource<ProbeResult>();
        served.Probe = _ => silent.Task;
        var asked = served.SendAsync(HttpMethod.Post, Path, s_header);
        await BegunAsync(served, 5);

        await served.StopProbingAsync();
        var late = await served.SendAsync(HttpMethod.Post, "/api/v1/targets/orders/probe", s_header);

        Assert.All([await asked, late], answer => Assert.Equal((503, true), (answer.Status, answer.Text.Contains("MtlsProbe is being stopped.", StringComparison.Ordinal))));
        Assert.Equal(5, served.Probes.Count);
        silent.SetCanceled();
    }

    /// <summary>A fleet whose first round is over.</summary>
    private static async Task<ServedFleet> RunningAsync()
    {
        var served = await ServedFleet.StartAsync(Targets);
        served.Probe = job => Task.FromResult(job.Key.Expect == Expectation.Reject ? Samples.TurnedAway(job.Target) : Samples.Accepted(job.Target));
        served.Run();
        await served.ReadyAsync();
        return served;
    }
}
