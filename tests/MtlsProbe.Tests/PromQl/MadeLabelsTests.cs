namespace MtlsProbe.Tests.PromQl;

public sealed class MadeLabelsTests
{
    [Theory]
    [InlineData("sum by (a) (b{c=\"d\"})", "")]
    [InlineData("count_values(\"week\", floor(a{b=\"c\"}))", "week")]
    [InlineData("label_replace(sum(a{b=\"c\"}), \"kind\", \"$1\", \"d\", \"(.*)\") or label_join(a, \"both\", \"-\", \"b\", \"c\")", "kind both")]
    [InlineData("label_replace(label_replace(a, \"inner\", \"\", \"\", \"\"), \"outer\", \"\", \"\", \"\")", "inner outer")]
    public void Labels_that_an_expression_makes_are_found(string expression, string labels) =>
        Assert.Equal(labels.Split(' ', StringSplitOptions.RemoveEmptyEntries), MadeLabels.Of(expression));
}
