using System.IO.Compression;
using System.Text;
using System.Text.Json;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Web;

public class StatusEndpointTests
{
    private const string Targets = """
        targets:
        - { name: payments, address: "payments.internal:8443", timeout: 4s, identity: checkout, labels: { team: money } }
        - { name: orders, address: "orders.internal:8443", identity: checkout, interval: 1h }
        identities: { checkout: { current: { certificate: a.crt, key: a.key }, next: { directory: staged } } }
        """;

    private static readonly string[] s_paths =
    [
        "/api/v1/summary", "/api/v1/handshakes", "/api/v1/targets", "/api/v1/targets/payments", "/api/v1/identities", "/api/v1/identities/checkout",
        "/api/v1/certificates", "/api/v1/certificates?format=csv", "/api/v1/openapi.yaml",
    ];

    [Theory]
    [InlineData("/api/v1/handshakes?limit=0", "limit: \"0\" is not a whole number from 1 to 500.")]
    [InlineData("/api/v1/handshakes?limit=501", "limit: \"501\" is not a whole number from 1 to 500.")]
    [InlineData("/api/v1/handshakes?limit=", "limit: \"\" is not a whole number from 1 to 500.")]
    [InlineData("/api/v1/handshakes?limit=1e2", "limit: \"1e2\" is not a whole number from 1 to 500.")]
    [InlineData("/api/v1/handshakes?page=-1", "page: \"-1\" is not a whole number from 1 to 1000000.")]
    [InlineData("/api/v1/handshakes?page=99999999999999999999", "page: \"99999999999999999999\" is not a whole number from 1 to 1000000.")]
    [InlineData("/api/v1/handshakes?page=1&page=2", "page: \"2\" is given more than once.")]
    [InlineData("/api/v1/handshakes?state=healthy,sick", "state: \"sick\" is not allowed; these are: healthy, refused, failed, not_enforced, not_requested, unconfirmed, faulty, pending.")]
    [InlineData("/api/v1/handshakes?state=", "state: \"\" is not allowed; these are: healthy, refused, failed, not_enforced, not_requested, unconfirmed, faulty, pending.")]
    [InlineData("/api/v1/handshakes?slot=Next", "slot: \"Next\" is not allowed; these are: current, next.")]
    [InlineData("/api/v1/handshakes?expect=0", "expect: \"0\" is not allowed; these are: accept, reject.")]
    [InlineData("/api/v1/handshakes?sort=--at", "sort: \"--at\" is not a column. Columns, with - in front for descending order: severity, target,")]
    [InlineData("/api/v1/handshakes?reason=unknown_ca&reason=sick", "reason: \"sick\" is not allowed; these are: dns_not_found, dns_failed,")]
    [InlineData("/api/v1/targets?reason=", "reason: \"\" is not allowed; these are: dns_not_found,")]
    [InlineData("/api/v1/handshakes?q=a+b+c+d+e+f+g+h+i", "q: \"a b c d e f g h i\" has more than 8 different words.")]
    [InlineData("/api/v1/certificates?q=1+2+3+4+5+6+7+8+9", "q: \"1 2 3 4 5 6 7 8 9\" has more than 8 different words.")]
    [InlineData("/api/v1/handshakes?label=team", "label: \"team\" is not written as name=value.")]
    [InlineData("/api/v1/handshakes?Limit=1", "\"Limit\" is not a parameter of this path; these are: q, target, address,")]
    [InlineData("/api/v1/handshakes?%1b%3cb%3e=1", "\"\\u{1b}<b>\" is not a parameter of this path; these are: q,")]
    [InlineData("/api/v1/targets?sort=at", "\"sort\" is not a parameter of this path; these are: q,")]
    [InlineData("/api/v1/targets/payments?q=x", "\"q\" is not a parameter of this path; these are: address, identity, slot, expect, state, page, limit.")]
    [InlineData("/api/v1/targets/payments?limit=101", "limit: \"101\" is not a whole number from 1 to 100.")]
    [InlineData("/api/v1/summary?x", "\"x\" is not a parameter of this path; it takes none.")]
    [InlineData("/api/v1/identities?q=x", "\"q\" is not a parameter of this path; these are: page, limit.")]
    [InlineData("/api/v1/identities/checkout?state=x", "state: \"x\" is not allowed;")]
    [InlineData("/api/v1/certificates?format=xml", "format: \"xml\" is not allowed; these are: json, csv.")]
    [InlineData("/api/v1/certificates?role=leaf", "role: \"leaf\" is not allowed; these are: server_leaf, server_issuer, credential, credential_issuer, trust_anchor, stored.")]
    [InlineData("/api/v1/certificates?format=csv&sort=x", "sort: \"x\" is not a column.")]
    [InlineData("/api/v1/openapi.yaml?x=1", "\"x\" is not a parameter of this path; it takes none.")]
    public async Task A_wrong_request_is_refused_with_the_allowed_values(string path, string sentence)
    {
        await using var served = await ServedFleet.StartAsync(Targets);

        var answer = await served.GetAsync(path);

        Assert.Equal((400, "application/problem+json"), (answer.Status, answer.Headers["Content-Type"]));
        using var problem = JsonDocument.Parse(answer.Body);
        Assert.StartsWith(sentence, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal((400, "Bad Request"), (problem.RootElement.GetProperty("status").GetInt32(), problem.RootElement.GetProperty("title").GetString()));
        Assert.DoesNotContain("<b>", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_that_is_too_long_is_refused_and_the_answer_is_short()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        var answer = await served.GetAsync("/api/v1/handshakes?q=" + new string('x', 4000));
        Assert.Equal(400, answer.Status);
        Assert.True(answer.Body.Length < 400);
    }

    [Theory]
    [InlineData("GET", "/api/v1/targets/nobody", 404, "No target with that name is configured")]
    [InlineData("GET", "/api/v1/targets/..%2fsummary", 404, "No target with that name is configured")]
    [InlineData("GET", "/api/v1/identities/none", 404, "No identity with that name is configured")]
    [InlineData("GET", "/api/v1/nowhere", 404, "Not found.")]
    [InlineData("GET", "/api/v2/summary", 404, "Not found.")]
    [InlineData("POST", "/api/v1/summary", 405, "This path accepts GET, HEAD only.")]
    [InlineData("DELETE", "/api/v1/targets/payments", 405, "This path accepts GET, HEAD only.")]
    public async Task An_unknown_resource_has_the_same_form_of_answer(string method, string path, int status, string sentence)
    {
        await using var served = await ServedFleet.StartAsync(Targets);

        var answer = await served.SendAsync(new HttpMethod(method), path);

        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Contains(sentence, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_answer_can_be_interpreted_as_a_page()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        foreach (var path in (string[])[.. s_paths, "/api/v1/nowhere", "/api/v1/summary?x"])
        {
            var answer = await served.GetAsync(path);
            Assert.Equal(
                ("nosniff", "default-src 'none'; frame-ancestors 'none'", "same-origin", "no-referrer"),
                (answer.Headers["X-Content-Type-Options"], answer.Headers["Content-Security-Policy"], answer.Headers["Cross-Origin-Resource-Policy"], answer.Headers["Referrer-Policy"]));
            Assert.DoesNotContain(answer.Headers.Keys, name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task An_unchanged_answer_is_not_sent_again()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        foreach (var path in s_paths)
        {
            var first = await served.GetAsync(path);
            Assert.Equal((200, "no-cache"), (first.Status, first.Headers["Cache-Control"]));
            foreach (var known in new[] { first.Headers["ETag"], $"\"other\", {first.Headers["ETag"]}", "*", first.Headers["ETag"].Replace("W/", "", StringComparison.Ordinal) })
            {
                var again = await served.GetAsync(path, ("If-None-Match", known));
                Assert.Equal((304, 0, first.Headers["ETag"]), (again.Status, again.Body.Length, again.Headers["ETag"]));
            }

            Assert.Equal(200, (await served.GetAsync(path, ("If-None-Match", "\"other\""))).Status);
            Assert.Equal(200, (await served.GetAsync(path, ("If-None-Match", "nonsense"))).Status);
        }
    }

    [Fact]
    public async Task A_new_result_a_reload_a_staged_credential_and_a_minute_change_the_answers()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        var tags = new HashSet<string>();
        async Task Changed(string because)
        {
            var answer = await served.GetAsync("/api/v1/handshakes");
            Assert.True(tags.Add(answer.Headers["ETag"]), because);
            Assert.Equal(304, (await served.GetAsync("/api/v1/handshakes", ("If-None-Match", answer.Headers["ETag"]))).Status);
        }

        await Changed("the first");
        served.Run();
        await served.ReadyAsync();
        await Changed("results");
        await served.SendAsync(HttpMethod.Post, "/-/reload");
        await Changed("a reload");
        await File.WriteAllTextAsync(served.ConfigFile, "targets: nonsense");
        await served.SendAsync(HttpMethod.Post, "/-/reload");
        await Changed("a reload that was refused");
    }

    [Fact]
    public async Task Without_any_change_an_answer_is_made_anew_after_a_minute()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        var first = await served.GetAsync("/api/v1/summary");
        served.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(304, (await served.GetAsync("/api/v1/summary", ("If-None-Match", first.Headers["ETag"]))).Status);
        served.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await served.GetAsync("/api/v1/summary", ("If-None-Match", first.Headers["ETag"]))).Status);
    }

    [Fact]
    public async Task A_target_is_not_sent_again_when_another_one_has_changed()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        served.Run();
        await served.ReadyAsync();
        var (orders, payments, list) = (await served.GetAsync("/api/v1/targets/orders"), await served.GetAsync("/api/v1/targets/payments"), await served.GetAsync("/api/v1/handshakes"));

        // No time passes, so that neither a minute nor a scheduled probe comes between.
        Assert.Equal(200, (await served.PostAsync("/api/v1/targets/payments/probe", ("X-MtlsProbe", "1"))).Status);

        Assert.Equal(200, (await served.GetAsync("/api/v1/targets/payments", ("If-None-Match", payments.Headers["ETag"]))).Status);
        Assert.Equal(304, (await served.GetAsync("/api/v1/targets/orders", ("If-None-Match", orders.Headers["ETag"]))).Status);
        Assert.Equal(200, (await served.GetAsync("/api/v1/handshakes", ("If-None-Match", list.Headers["ETag"]))).Status);
    }

    [Fact]
    public async Task Another_process_does_not_know_the_tags_of_this_one()
    {
        await using var one = await ServedFleet.StartAsync(Targets);
        await using var other = await ServedFleet.StartAsync(Targets);
        foreach (var path in s_paths.SkipLast(1))
            Assert.Equal(200, (await other.GetAsync(path, ("If-None-Match", (await one.GetAsync(path)).Headers["ETag"]))).Status);
        Assert.NotEqual(await Text(one, "/api/v1/summary", "instance"), await Text(other, "/api/v1/summary", "instance"));
    }

    [Fact]
    public async Task The_head_alone_has_the_same_headers_as_the_whole()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        foreach (var path in s_paths)
        {
            var (head, whole) = (await served.SendAsync(HttpMethod.Head, path), await served.GetAsync(path));
            Assert.Equal((200, 0, whole.Headers["Content-Type"], whole.Headers["ETag"]), (head.Status, head.Body.Length, head.Headers["Content-Type"], head.Headers["ETag"]));
        }

        Assert.Equal("0", (await served.SendAsync(HttpMethod.Head, "/api/v1/targets")).Headers["X-Total-Count"]);
    }

    [Fact]
    public async Task Records_without_parameters_are_complete_and_with_a_limit_a_page_of_them()
    {
        await using var served = await RunningAsync(job => Samples.Accepted(job.Target));

        var all = await served.GetAsync("/api/v1/targets");
        var second = await served.GetAsync("/api/v1/targets?limit=1&page=2");
        var none = await served.GetAsync("/api/v1/targets?state=refused");

        Assert.Equal(("2", "2", "0"), (all.Headers["X-Total-Count"], second.Headers["X-Total-Count"], none.Headers["X-Total-Count"]));
        Assert.Equal(["payments", "orders"], Names(all));
        Assert.Equal(["orders"], Names(second));
        Assert.Equal("[]", none.Text);

        static IReadOnlyList<string?> Names(Answered answer)
        {
            using var records = JsonDocument.Parse(answer.Body);
            return [.. records.RootElement.EnumerateArray().Select(record => record.GetProperty("target").GetString())];
        }
    }

    [Fact]
    public async Task Every_filter_of_the_rows_is_a_parameter()
    {
        await using var served = await RunningAsync(job => job.Key.Target == "orders" ? Samples.Refused(job.Target) : Samples.Accepted(job.Target));
        async Task<int> Total(string query)
        {
            using var page = JsonDocument.Parse((await served.GetAsync($"/api/v1/handshakes?{query}")).Body);
            return page.RootElement.GetProperty("total").GetInt32();
        }

        Assert.Equal(2, await Total(""));
        Assert.Equal(1, await Total("q=ORDERS+internal"));
        Assert.Equal(2, await Total("q=+"));
        Assert.Equal(1, await Total("q=o+r+d+e+s+E+R+S+D+orders+internal+8443"));
        Assert.Equal(1, await Total("target=orders"));
        Assert.Equal(2, await Total("target=orders&target=payments"));
        Assert.Equal(1, await Total("address=orders.internal:8443"));
        Assert.Equal(2, await Total("identity=checkout"));
        Assert.Equal(0, await Total("slot=next"));
        Assert.Equal(0, await Total("expect=reject"));
        Assert.Equal(1, await Total("state=failed"));
        Assert.Equal(2, await Total("state=failed,healthy"));
        Assert.Equal(1, await Total("class=network"));
        Assert.Equal(1, await Total("reason=connection_refused"));
        Assert.Equal(1, await Total("label=team=money"));
        Assert.Equal(0, await Total("label=team=money&label=team=other"));
    }

    [Fact]
    public async Task The_inventory_is_available_as_a_file()
    {
        await using var served = await RunningAsync(job => Samples.Accepted(job.Target));
        var answer = await served.GetAsync("/api/v1/certificates?format=csv", ("Accept-Encoding", "gzip"));

        Assert.Equal("text/csv; charset=utf-8; header=present", answer.Headers["Content-Type"]);
        Assert.Equal("attachment; filename=\"mtlsprobe-certificates.csv\"", answer.Headers["Content-Disposition"]);
        Assert.Equal("gzip", answer.Headers["Content-Encoding"]);
        using var text = new StreamReader(new GZipStream(new MemoryStream(answer.Body), CompressionMode.Decompress), Encoding.UTF8);
        var lines = (await text.ReadToEndAsync()).Split("\r\n");
        Assert.StartsWith("not_after,not_before,subject,", lines[0], StringComparison.Ordinal);
        Assert.Equal(1 + 4 + 1, lines.Length); // two leaves, one issuer at two servers, and nothing after the last line
    }

    [Fact]
    public async Task A_subject_that_is_markup_reaches_the_browser_as_escaped_text_unchanged()
    {
        const string evil = "CN=<img src=x onerror=alert(1)>";
        await using var served = await RunningAsync(job => Samples.Accepted(job.Target) with { ServerCertificates = [Samples.Certificate("x") with { Subject = evil }] });
        foreach (var path in s_paths[..^2])
        {
            var text = (await served.GetAsync(path)).Text;
            Assert.DoesNotContain("<", text, StringComparison.Ordinal);
        }

        using var page = JsonDocument.Parse((await served.GetAsync("/api/v1/certificates")).Body);
        Assert.Equal(evil, page.RootElement.GetProperty("certificates")[0].GetProperty("subject").GetString());
    }

    private static async Task<string?> Text(ServedFleet served, string path, string name)
    {
        using var answer = JsonDocument.Parse((await served.GetAsync(path)).Body);
        return answer.RootElement.GetProperty(name).GetString();
    }

    private static async Task<ServedFleet> RunningAsync(Func<ProbeJob, ProbeResult> probe)
    {
        var served = await ServedFleet.StartAsync(Targets);
        served.Probe = job => Task.FromResult(probe(job));
        served.Run();
        await served.ReadyAsync();
        return served;
    }
}
