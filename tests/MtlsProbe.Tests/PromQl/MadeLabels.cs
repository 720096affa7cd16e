namespace MtlsProbe.Tests.PromQl;

/// <summary>The labels that an expression itself puts on series: by <c>label_replace</c>, <c>label_join</c> and <c>count_values</c>.</summary>
internal static class MadeLabels
{
    public static IEnumerable<string> Of(string expression)
    {
        var tokens = PromQlToken.All(expression);
        Stack<(string Function, List<string> Texts)> open = [];
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Is("(")) open.Push((i > 0 ? tokens[i - 1].Text : "", []));
            else if (tokens[i].Kind == PromQlTokenKind.Quoted && open.TryPeek(out var call)) call.Texts.Add(tokens[i].Text);
            else if (tokens[i].Is(")") && open.TryPop(out var closed))
            {
                if (closed is { Function: "label_replace" or "label_join" or "count_values", Texts: [var label, ..] }) yield return label;
            }
            else if (tokens[i].Is("{")) i = Matchers(tokens, i);
        }
    }

    /// <summary>The end of the matchers that begin here: their texts are not arguments.</summary>
    private static int Matchers(IReadOnlyList<PromQlToken> tokens, int at)
    {
        while (!tokens[at].Is("}")) at++;
        return at;
    }
}
