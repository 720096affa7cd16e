using System.Globalization;
using System.Text.RegularExpressions;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>The series of one scrape in the text format.</summary>
internal sealed partial class MetricsText(string text)
{
    private readonly ILookup<string, string> _lines = Lines(text).ToLookup(line => line[..line.AsSpan().IndexOfAny('{', ' ')]);
    private readonly Dictionary<string, IReadOnlyList<Series>> _families = [];

    public string Text => text;

    /// <summary>The series of a family with these label values.</summary>
    public IReadOnlyList<Series> All(string name, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        List<Series> found = [];
        foreach (var series in Family(name))
        {
            var matches = true;
            foreach (var label in labels) matches &= series.Labels.GetValueOrDefault(label.Name) == label.Value;
            if (matches) found.Add(series);
        }

        return found;
    }

    /// <summary>The value of the only series of a family with these label values; null if there is none.</summary>
    public double? Value(string name, params ReadOnlySpan<(string Name, string Value)> labels) => All(name, labels) switch
    {
        [] => null,
        [var one] => one.Value,
        var several => throw new InvalidOperationException($"{several.Count} series of {name} match"),
    };

    public double Sum(string name, params ReadOnlySpan<(string Name, string Value)> labels) => All(name, labels).Sum(series => series.Value);

    /// <summary>Parsed on demand: a scrape has many thousand series, and a test needs few of them.</summary>
    private IReadOnlyList<Series> Family(string name)
    {
        if (!_families.TryGetValue(name, out var family)) _families[name] = family = [.. _lines[name].Select(Parse)];
        return family;
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Where(line => line.Length > 0 && line[0] != '#');

    private static Series Parse(string line)
    {
        var match = SeriesLine().Match(line);
        Assert.True(match.Success, $"not a series: {line}");
        var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value);
        return new Series(match.Groups["name"].Value, labels, double.Parse(match.Groups["value"].Value.Replace("Inf", "∞", StringComparison.Ordinal), CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>\S+)$""")]
    private static partial Regex SeriesLine();

    [GeneratedRegex("(?<name>[a-zA-Z_][a-zA-Z0-9_]*)=\"(?<value>(?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();
}

/// <summary>One series with its value.</summary>
internal sealed record Series(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    public override string ToString() => $"{Name}{{{string.Join(", ", Labels.Select(label => $"{label.Key}={label.Value}"))}}} {Value}";
}
