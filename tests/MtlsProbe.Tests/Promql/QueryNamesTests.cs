namespace MtlsProbe.Tests.Promql;

public sealed class QueryNamesTests
{
    [Theory]
    [InlineData("up", "up()")]
    [InlineData("up == 0 and on (job) sum by (instance) (rate(a_total{x=\"1\",y!~\"$y|b\"}[$__rate_interval]))", "up() a_total(x y)")]
    [InlineData("max without (le) (a offset 5m) > bool 0.5 * time()", "a()")]
    [InlineData("{__name__=~\"a.*\", job=\"x\"}", "(__name__ job)")]
    [InlineData("a{} unless b{text=\"} c{d=\\\"\"}", "a() b(text)")]
    [InlineData("1e3 * inf / 0x1f + a:b:c", "a:b:c()")]
    public void It_tells_metrics_and_the_labels_they_are_selected_by(string expression, string expected) =>
        Assert.Equal(expected, string.Join(' ', QueryNames.Of(expression).Selectors.Select(selector => $"{selector.Metric}({string.Join(' ', selector.Labels)})")));

    [Fact]
    public void It_tells_labels_that_are_grouped_and_labels_that_are_made()
    {
        var names = QueryNames.Of(
            """label_replace(sum by (a) (m) * on (b, c) group_left (d) n, "made", "$1", "e", "(.*)") or count_values("value", count without (f) (o)) or label_join(p, "joined", "-", "g", "h")""");

        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h"], names.Grouped.Order());
        Assert.Equal(["joined", "made", "value"], names.Made.Order());
        Assert.Equal(["m", "n", "o", "p"], names.Selectors.Select(selector => selector.Metric));
    }

    [Theory]
    [InlineData("sum(a")]
    [InlineData("sum a)")]
    [InlineData("a{b=\"c\"")]
    public void It_refuses_brackets_that_do_not_fit(string expression) => Assert.Throws<FormatException>(() => QueryNames.Of(expression));
}
