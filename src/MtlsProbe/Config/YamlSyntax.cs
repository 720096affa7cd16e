using YamlDotNet.Core;

namespace MtlsProbe.Config;

/// <summary>Turns a complaint of the YAML parser into an error for people.</summary>
internal static class YamlSyntax
{
    public static void Report(string message, Mark at, string text, ErrorList errors, string? included)
    {
        var (line, column) = ((int)Math.Max(at.Line, 1), (int)Math.Max(at.Column, 1));
        if (message.Contains("tab", StringComparison.Ordinal) && IndentedByTab(text, line) is { } tab) (line, column) = tab;
        var problem = message.TrimEnd('.');
        errors.Add(line, column, "", "this is not valid YAML: " + char.ToLowerInvariant(problem[0]) + problem[1..], Hint(problem), included);
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

    private static string? Hint(string problem)
    {
        bool Says(string words) => problem.Contains(words, StringComparison.Ordinal);

        if (Says("tab")) return "indent with spaces";
        if (Says("too deeply")) return "no key of the configuration is nested that deep";
        if (Says("invalid mapping")) return "check the indentation; a value that contains a colon and a space has to be quoted";
        if (Says("tag or a directive")) return "write values alone; quote a text that begins with ! or %";
        if (Says("cannot start any token")) return "quote a value that begins with one of @ ` %";
        if (Says("unexpected end of stream") || Says("quoted scalar, found wrong")) return "the quotation that begins here is not closed";
        if (Says("bracket") || Says("flow")) return "look for a [ or { that is not closed";
        return Says("did not find expected") ? "compare the indentation of this line with that of the lines above" : null;
    }
}
