using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Promql;

/// <summary>
/// The names that a PromQL expression uses: enough of the grammar to tell metrics, labels and functions apart, not to judge it.
/// Variables of Grafana ($name) may stand within strings and for durations.
/// </summary>
internal sealed partial class QueryNames
{
    private static readonly string[] s_groupings = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    private static readonly string[] s_words = ["and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"];

    private readonly List<Selector> _selectors = [];
    private readonly HashSet<string> _grouped = [];
    private readonly HashSet<string> _made = [];

    /// <summary>What is selected, in the order of the text.</summary>
    public IReadOnlyList<Selector> Selectors => _selectors;

    /// <summary>Labels that are grouped, joined or copied by.</summary>
    public IReadOnlySet<string> Grouped => _grouped;

    /// <summary>Labels that the expression itself puts on series.</summary>
    public IReadOnlySet<string> Made => _made;

    public static QueryNames Of(string expression)
    {
        var tokens = Token().Matches(expression).Select(match => match.Value).ToList();
        var names = new QueryNames();
        names.Read(tokens, expression);
        return names;
    }

    private void Read(List<string> tokens, string expression)
    {
        var calls = new Stack<Call>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var (token, next) = (tokens[i], i + 1 < tokens.Count ? tokens[i + 1] : "");
            if (token == "(") calls.Push(new Call(i > 0 ? tokens[i - 1] : ""));
            else if (token == ")" && calls.TryPop(out var call)) Finish(call);
            else if (token == "{" || (IsName(token) && next == "{")) i = Select(tokens, i);
            else if (token[0] == '"' && calls.TryPeek(out var open)) open.Strings.Add(token[1..^1]);
            else if (s_groupings.Contains(token)) i = Group(tokens, i);
            else if (IsName(token) && next is not ("(" or "by" or "without") && !s_words.Contains(token)) _selectors.Add(new Selector(token, []));
            else if (token is ")" or "}") throw new FormatException($"a bracket too many: {expression}");
        }

        if (calls.Count > 0) throw new FormatException($"a bracket is open: {expression}");
    }

    /// <summary>Reads <c>name{label="value", …}</c> and returns the place of its end.</summary>
    private int Select(List<string> tokens, int at)
    {
        var end = tokens.IndexOf("}", at);
        var braces = tokens.IndexOf("{", at);
        if (end < 0) throw new FormatException("a brace is open");
        _selectors.Add(new Selector(braces > at ? tokens[at] : "", [.. tokens[braces..end].Where(IsName)]));
        return end;
    }

    /// <summary>Reads <c>by (label, …)</c> and the like, and returns the place of its end; the brackets may be missing.</summary>
    private int Group(List<string> tokens, int at)
    {
        if (at + 1 >= tokens.Count || tokens[at + 1] != "(") return at;
        var end = tokens.IndexOf(")", at);
        _grouped.UnionWith(tokens[at..end].Skip(1).Where(IsName));
        return end;
    }

    private void Finish(Call call)
    {
        if (call is { Function: "label_replace", Strings: [var target, _, var source, _] })
        {
            _made.Add(target);
            if (source.Length > 0) _grouped.Add(source);
        }
        else if (call is { Function: "label_join", Strings: [var joined, _, .. var sources] })
        {
            _made.Add(joined);
            _grouped.UnionWith(sources);
        }
        else if (call is { Function: "count_values", Strings: [var label] })
        {
            _made.Add(label);
        }
    }

    private static bool IsName(string token) => char.IsAsciiLetter(token[0]) || token[0] is '_' or ':';

    /// <summary>Strings, ranges in brackets, numbers with or without a unit, variables, names, and all else by the character.</summary>
    [GeneratedRegex("""(?<text>"(?:[^"\\]|\\.)*")|\[[^\]]*\]|\$\{?\w+\}?|[0-9][0-9.a-zA-Z]*|[a-zA-Z_:][a-zA-Z0-9_:]*|\S""")]
    private static partial Regex Token();

    private sealed record Call(string Function)
    {
        public List<string> Strings { get; } = [];
    }
}

/// <summary>A metric, and the labels that it is selected by.</summary>
/// <param name="Metric">Empty where only labels are given.</param>
internal sealed record Selector(string Metric, IReadOnlyList<string> Labels);
