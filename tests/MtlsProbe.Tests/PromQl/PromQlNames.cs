namespace MtlsProbe.Tests.PromQl;

/// <summary>
/// The metrics and labels in a PromQL expression. It is not a parser: it reads the tokens in order, which is enough to distinguish metrics from
/// functions, keywords and labels.
/// </summary>
/// <param name="Selectors">Every metric with its label matchers, in the order of the expression.</param>
/// <param name="Labels">
/// The labels by which it aggregates or joins: <c>by</c>, <c>without</c>, <c>on</c>, <c>ignoring</c>, <c>group_left</c>, <c>group_right</c>.
/// </param>
internal sealed record PromQlNames(IReadOnlyList<PromQlSelector> Selectors, IReadOnlyList<string> Labels)
{
    private static readonly string[] s_labelLists = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    private static readonly string[] s_otherWords = ["and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"];

    /// <summary>The metrics, each once.</summary>
    public IEnumerable<string> Metrics => Selectors.Select(selector => selector.Metric).Distinct();

    public static PromQlNames Of(string expression)
    {
        var tokens = PromQlToken.All(expression);
        var selectors = new List<PromQlSelector>();
        var labels = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Is("{")) selectors.Add(new PromQlSelector("", ReadMatchers(tokens, ref i)));
            if (tokens[i].Kind != PromQlTokenKind.Name) continue;
            var next = i + 1 < tokens.Count ? tokens[i + 1] : null;
            if (IsOneOf(s_labelLists, tokens[i])) labels.AddRange(ReadLabels(tokens, ref i));
            else if (IsFunction(next) || IsOneOf(s_otherWords, tokens[i])) continue;
            else if (next is null || !next.Is("{")) selectors.Add(new PromQlSelector(tokens[i].Text, []));
            else selectors.Add(new PromQlSelector(tokens[i++].Text, ReadMatchers(tokens, ref i)));
        }

        return new PromQlNames([.. selectors.Select(selector => selector.Named())], labels);
    }

    private static bool IsOneOf(string[] words, PromQlToken token) => Array.Exists(words, token.Is);

    /// <summary>Aggregations can have their labels before the parenthesis: <c>sum by (job) (…)</c>.</summary>
    private static bool IsFunction(PromQlToken? next) => next is not null && (next.Is("(") || next.Is("by") || next.Is("without"));

    private static List<string> ReadLabels(IReadOnlyList<PromQlToken> tokens, ref int i)
    {
        var labels = new List<string>();
        if (i + 1 == tokens.Count || !tokens[i + 1].Is("(")) return labels;
        for (i += 2; !tokens[i].Is(")"); i++)
        {
            if (tokens[i].Kind == PromQlTokenKind.Name) labels.Add(tokens[i].Text);
        }

        return labels;
    }

    private static List<PromQlMatcher> ReadMatchers(IReadOnlyList<PromQlToken> tokens, ref int i)
    {
        var matchers = new List<PromQlMatcher>();
        for (i++; !tokens[i].Is("}"); i++)
        {
            if (tokens[i].Kind != PromQlTokenKind.Name) continue;
            matchers.Add(new PromQlMatcher(tokens[i].Text, tokens[i + 1].Text, tokens[i + 2].Text));
            i += 2;
        }

        return matchers;
    }
}

/// <summary>A metric and its matchers. The metric is empty if only labels select it.</summary>
internal sealed record PromQlSelector(string Metric, IReadOnlyList<PromQlMatcher> Matchers)
{
    /// <summary><c>{__name__="up"}</c> is <c>up</c>.</summary>
    public PromQlSelector Named() => Matchers.FirstOrDefault(matcher => matcher is { Label: "__name__", Operator: "=" }) is { } name
        ? new PromQlSelector(name.Value, [.. Matchers.Where(matcher => matcher != name)])
        : this;
}

/// <summary>One label matcher, as in <c>slot="current"</c>.</summary>
internal sealed record PromQlMatcher(string Label, string Operator, string Value);
