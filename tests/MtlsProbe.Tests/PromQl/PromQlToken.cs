using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.PromQl;

/// <summary>A token of a PromQL expression, without white space and comments.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">As in the expression; for a string, its value.</param>
internal sealed partial record PromQlToken(PromQlTokenKind Kind, string Text)
{
    /// <summary>The tokens in order. Variables of Grafana (<c>$job</c>, <c>${job:regex}</c>) are tokens too.</summary>
    /// <exception cref="FormatException">Something is neither PromQL nor a variable.</exception>
    public static IReadOnlyList<PromQlToken> All(string expression)
    {
        var tokens = new List<PromQlToken>();
        for (var at = 0; at < expression.Length;)
        {
            var match = Piece().Match(expression, at);
            if (!match.Success) throw new FormatException($"neither PromQL nor a variable: {expression[at..]}");
            at += match.Length;
            var kind = Enum.GetValues<PromQlTokenKind>().First(kind => match.Groups[kind.ToString()].Success);
            if (kind != PromQlTokenKind.Space) tokens.Add(new PromQlToken(kind, kind == PromQlTokenKind.Quoted ? Unquoted(match.Value) : match.Value));
        }

        return tokens;
    }

    public bool Is(string text) => Kind != PromQlTokenKind.Quoted && string.Equals(Text, text, StringComparison.OrdinalIgnoreCase);

    private static string Unquoted(string quoted) =>
        quoted[0] == '`' ? quoted[1..^1] : Escape().Replace(quoted[1..^1], match => match.Groups["escaped"].Value);

    [GeneratedRegex("""
        \G(?:
          (?<Space>\s+|\#[^\n]*)
        | (?<Quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
        | (?<Variable>\$\{[^}]+\}|\$\w+|\[\[\w+\]\])
        | (?<Range>\[[^\]]*\])
        | (?<Name>[A-Za-z_:][A-Za-z0-9_:]*)
        | (?<Number>0[xX][0-9a-fA-F]+|(?:[0-9]+(?:ms|[smhdwy]))+|[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?\.?)
        | (?<Sign>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){},@])
        )
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Piece();

    [GeneratedRegex(@"\\(?<escaped>.)")]
    private static partial Regex Escape();
}

/// <summary>The kinds of tokens; the names are those of the groups in the pattern.</summary>
internal enum PromQlTokenKind
{
    Space,
    Quoted,
    Variable,

    /// <summary>Text in brackets: a duration, or two with a colon between them.</summary>
    Range,
    Name,
    Number,
    Sign,
}
