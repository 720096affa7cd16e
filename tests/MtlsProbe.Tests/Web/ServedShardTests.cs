using MtlsProbe.Model;

namespace MtlsProbe.Tests.Web;

/// <summary>The answers of one of two shards. Of the targets, the first has orders, the second payments.</summary>
public class ServedShardTests
{
    private const string Targets = """
        targets:
        - { name: payments, address: "payments.internal:8443" }
        - { name: orders, address: "orders.internal:8443" }
        """;

    [Fact]
    public async Task Metrics_and_summary_are_of_its_own_targets_and_say_which_shard_it_is()
    {
        await using var served = await StartAsync();

        var metrics = (await served.GetAsync("/metrics")).Text;
        Assert.Contains("mtlsprobe_shard_info{shard=\"2\",shards=\"2\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("mtlsprobe_target_info{target=\"payments\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("orders", metrics, StringComparison.Ordinal);

        var summary = (await served.GetAsync("/api/v1/summary")).Text;
        Assert.Contains("\"shard\":{\"number\":2,\"count\":2,\"targets\":1,\"fleet_targets\":2}", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/v1/targets/orders")]
    [InlineData("POST", "/api/v1/targets/orders/probe")]
    public async Task A_request_for_a_target_of_another_shard_names_that_shard(string method, string path)
    {
        await using var served = await StartAsync();

        var answer = method == "GET" ? await served.GetAsync(path) : await served.PostAsync(path, ("X-MtlsProbe", "1"));

        Assert.Equal(404, answer.Status);
        Assert.Contains("This is shard 2/2, and a target with that name belongs to shard 1/2.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_on_demand_is_possible_for_every_target()
    {
        await using var served = await StartAsync();

        var answer = await served.GetAsync("/probe?target=orders");

        Assert.Equal(200, answer.Status);
        Assert.Contains("mtlsprobe_success{target=\"orders\"", answer.Text, StringComparison.Ordinal);
    }

    private static async Task<ServedFleet> StartAsync()
    {
        var served = await ServedFleet.StartAsync(Targets, shard: new Shard(2, 2));
        served.Run();
        await served.ReadyAsync();
        return served;
    }
}
