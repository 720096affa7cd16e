using Microsoft.AspNetCore.Http;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

public sealed class RequestMetricsTests
{
    private const string Configuration = "targets:\n- { name: payments, address: \"payments.internal:8443\" }\n";

    [Fact]
    public async Task Requests_are_counted_by_the_requested_path_and_the_status_of_the_answer()
    {
        await using var served = await ServedFleet.StartAsync(Configuration);
        await served.GetAsync("/-/ready");
        await served.GetAsync("/metrics");
        await served.GetAsync("/api/v1/targets/payments");
        await served.GetAsync("/api/v1/targets/nobody");
        await served.SendAsync(HttpMethod.Delete, "/metrics");

        Assert.Equal(
            [
                ("/-/ready", "503", 1d), ("/api/v1/targets/{name}", "200", 1d), ("/api/v1/targets/{name}", "404", 1d), ("/metrics", "200", 1d), ("other", "405", 1d),
            ],
            await Counted(served));
    }

    [Fact]
    public async Task A_refusal_has_the_requested_path()
    {
        await using var served = await ServedFleet.StartAsync(Configuration, new WebConfiguration { Users = [new Label("prometheus", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e")] });
        await served.GetAsync("/metrics");
        await served.GetAsync("/nowhere");

        Assert.Equal([("/metrics", "401", 1d), ("other", "401", 1d)], await Counted(served));
    }

    [Fact]
    public async Task Unknown_paths_share_one_series()
    {
        await using var served = await ServedFleet.StartAsync(Configuration);
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod($"M{i}"), $"/{i}");
            (await served.Client.SendAsync(request)).Dispose();
        }

        Assert.Equal([("other", "404", 20d)], await Counted(served));
    }

    [Fact]
    public async Task Durations_are_counted_by_path()
    {
        await using var served = await ServedFleet.StartAsync(Configuration);
        await served.GetAsync("/-/healthy");
        await served.GetAsync("/-/healthy");

        var read = await ReadExposition.OfAsync(served.OwnMetrics.Registry);
        Assert.Equal(2, read.Series["mtlsprobe_http_request_duration_seconds_count{path=\"/-/healthy\"}"]);
        Assert.Equal(2, read.Series["mtlsprobe_http_request_duration_seconds_bucket{le=\"0.005\",path=\"/-/healthy\"}"]);
    }

    [Theory]
    [InlineData(false, "500")] // as the server answers, which sets the status only after everything else has finished
    [InlineData(true, "499")]
    public async Task An_answer_that_failed_is_no_success(bool clientIsGone, string code)
    {
        var metrics = new ProberMetrics();
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(clientIsGone) };

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new RequestMetrics(metrics, new ManualTime()).InvokeAsync(context, _ => Task.FromException(new InvalidOperationException("a fault"))));

        Assert.Equal(1, metrics.HttpRequests.WithLabels("other", code).Value);
    }

    /// <summary>Path, status and number. A response arrives a moment before it is counted, so this waits for the last one.</summary>
    private static async Task<IEnumerable<(string Path, string Code, double Requests)>> Counted(ServedFleet served)
    {
        await served.StopAsync();
        var read = await ReadExposition.OfAsync(served.OwnMetrics.Registry);
        return read.Of("mtlsprobe_http_requests_total").Select(sample => (sample.Labels["path"], sample.Labels["code"], sample.Value))
            .OrderBy(sample => sample.Item1, StringComparer.Ordinal).ThenBy(sample => sample.Item2, StringComparer.Ordinal);
    }
}
