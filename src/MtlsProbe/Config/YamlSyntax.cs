using YamlDotNet.Core;

namespace MtlsProbe.Config;

/// <summary>Turns a complaint of the YAML parser into an error for people.</summary>
internal static class YamlSyntax
{
    public static void Report(string message, Mark at, string text, ErrorList errors)
    {
        var (line, column) = ((int)Math.Max(at.Line, 1), (int)Math.Max(at.Column, 1));
        if (message.Contains("tab", StringComparison.Ordinal) && IndentedByTab(text, line) is { } tab) (line, column) = tab;
        var problem = message.TrimEnd('.');
        errors.Add(line, column, "", "this is not valid YAML: " + char.ToLowerInvariant(problem[0]) + problem[1..], Hint(problem));
    }

    /// <summary>The parser points at the line where the mapping began; the tab is further down.</summary>
    private static (int Line, int Column)? IndentedByTab(string text, int from)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var indent = line.Length - line.TrimStart(" \t").Length;
            if (number >= from && line[..indent].IndexOf('\t') is >= 0 and var tab) return (number, tab + 1);
        }

        return null;
    }

    private static string? Hint(string problem) => problem switch
    {
        _ when problem.Contains("tab", StringComparison.Ordinal) => "indent with spaces",
        _ when problem.Contains("invalid mapping", StringComparison.Ordinal) =>
            "check the indentation; a value that contains a colon and a space has to be quoted",
        _ when problem.Contains("cannot start any token", StringComparison.Ordinal) => "quote a value that begins with one of @ ` %",
        _ when problem.Contains("unexpected end of stream", StringComparison.Ordinal) || problem.Contains("quoted scalar, found wrong", StringComparison.Ordinal) => "the quotation that begins here is not closed",
        _ when problem.Contains("bracket", StringComparison.Ordinal) || problem.Contains("flow", StringComparison.Ordinal) =>
            "look for a [ or { that is not closed",
        _ when problem.Contains("did not find expected", StringComparison.Ordinal) =>
            "compare the indentation of this line with that of the lines above",
        _ => null,
    };
}
