using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

public sealed class RequestLimiterTests
{
    private const string NoTargets = "targets: []\n";

    [Fact]
    public async Task Requests_above_the_burst_are_refused_on_every_path_and_say_when_to_come_again()
    {
        await using var served = await ServedFleet.StartAsync(NoTargets, new WebConfiguration { Limit = new RequestLimit(TimeSpan.FromHours(1), 2) });

        Assert.Equal(200, (await served.GetAsync("/-/healthy")).Status);
        Assert.Equal(404, (await served.GetAsync("/nowhere")).Status);
        var refused = await served.GetAsync("/metrics");
        Assert.Equal((429, "Too many requests: the web configuration has a rate_limit.\n"), (refused.Status, refused.Text));
        Assert.Equal("3600", refused.Headers["Retry-After"]);
        var api = await served.GetAsync("/api/v1/summary");
        Assert.Equal((429, "application/problem+json"), (api.Status, api.Headers["Content-Type"]));
    }

    [Fact]
    public async Task After_an_interval_one_more_request_is_answered()
    {
        await using var served = await ServedFleet.StartAsync(NoTargets, new WebConfiguration { Limit = new RequestLimit(TimeSpan.FromMilliseconds(1), 1) });

        for (var i = 0; i < 3; i++)
        {
            while ((await served.GetAsync("/-/healthy")).Status != 200)
            {
                // Refused until an interval has passed.
            }
        }
    }

    [Fact]
    public async Task Wrong_passwords_count_and_above_the_burst_none_is_checked()
    {
        await using var served = await ServedFleet.StartAsync(NoTargets, new WebConfiguration
        {
            Limit = new RequestLimit(TimeSpan.FromHours(1), 1),
            Users = [new Label("prometheus", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e")],
        });
        var right = ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("prometheus:correct horse")));

        Assert.Equal(401, (await served.GetAsync("/metrics")).Status);
        Assert.Equal(429, (await served.GetAsync("/metrics", right)).Status);
    }
}
