using MtlsProbe.Tests.Alerts;

namespace MtlsProbe.Tests.Examples;

/// <summary>The configurations of Prometheus among the examples, read by its own tool.</summary>
public sealed class PrometheusTests
{
    [NeedsTheory("promtool")]
    [InlineData("prometheus.yml")]
    [InlineData("shards/prometheus.yml")]
    public async Task Promtool_accepts_the_example(string file)
    {
        var (exitCode, said) = await Tool.Run("", "promtool", "check", "config", Path.Combine(Repository.Root, "examples", file));

        Assert.True(exitCode == 0, said);
    }
}
