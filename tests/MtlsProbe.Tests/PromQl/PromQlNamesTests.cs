namespace MtlsProbe.Tests.PromQl;

public sealed class PromQlNamesTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("sum by (job) (rate(a_total[5m])) / on (job) group_left () b offset 1h", "a_total b")]
    [InlineData("sum(rate(a[5m])) by (job)", "a")]
    [InlineData("a:b:rate5m{job=\"c\"} > bool 1.5e3 and nan != inf", "a:b:rate5m")]
    [InlineData("max_over_time((a == 0)[1h:30s]) unless b{x!~\"c|d {e}\"} # f", "a b")]
    [InlineData("rate(a{job=~\"$job\"}[$__rate_interval]) * ${scale}", "a")]
    [InlineData("label_replace(a, \"b\", 'c', `d`, \"\") or vector(1)", "a")]
    [InlineData("{__name__=\"a\", job=\"b\"}", "a")]
    [InlineData("SUM BY (job) (a) OR b AND c", "a b c")]
    [InlineData("a @ start() - a @ 160.5", "a")]
    [InlineData("topk(5, a) without (b)", "a")]
    public void The_metrics_of_an_expression_are_found(string expression, string metrics) =>
        Assert.Equal(metrics.Split(' '), PromQlNames.Of(expression).Metrics);

    [Fact]
    public void Labels_are_found_where_they_match_group_and_join()
    {
        var names = PromQlNames.Of("sum without (b) (a{c=\"d\\\"\", e!~'f'}) and on (g, h) i * ignoring (j) group_left (k) l");

        Assert.Equal([new("c", "=", "d\""), new("e", "!~", "f")], names.Selectors[0].Matchers);
        Assert.Equal(["b", "g", "h", "j", "k"], names.Labels);
    }

    [Fact]
    public void Unknown_names_are_found()
    {
        var known = KnownMetrics.Exposed.With([("a:b", "sum by (target) (mtlsprobe_success)"), ("c:d", "a:b > 0")]);

        Assert.Equal(["mtlsprobe_sucess"], known.Unknown("mtlsprobe_sucess"));
        Assert.Equal(["mtlsprobe_success{class}"], known.Unknown("mtlsprobe_success{class=\"network\"}"));
        Assert.Equal(["{reason}"], known.Unknown("sum by (reason) (mtlsprobe_success)"));
        Assert.Equal(["mtlsprobe_success{team}"], known.Unknown("mtlsprobe_success{team=\"a\"}"));
        Assert.Empty(known.Unknown("mtlsprobe_success{team=\"a\"}", "team"));
        Assert.Empty(known.Unknown("c:d{target=\"a\", slot=\"next\"} + on (target) a:b"));
        Assert.Empty(known.Unknown("sum by (le) (mtlsprobe_schedule_lag_seconds_bucket)"));
        Assert.Equal(["mtlsprobe_schedule_lag_seconds"], known.Unknown("mtlsprobe_schedule_lag_seconds"));
    }

    [Theory]
    [InlineData("a ? b")]
    [InlineData("a{b=\"c}")]
    public void Invalid_PromQL_is_refused(string expression) => Assert.Throws<FormatException>(() => PromQlNames.Of(expression));
}
