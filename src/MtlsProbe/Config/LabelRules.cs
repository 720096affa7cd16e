using System.Collections.Frozen;
using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Reads the labels that a user puts on the series of a target.</summary>
internal static class LabelRules
{
    private const int MaxLabels = 32;
    private const int MaxNameLength = 128;
    private const int MaxValueLength = 1024;

    /// <summary>Labels of our own series, of histograms, and those that Prometheus sets itself.</summary>
    private static readonly FrozenSet<string> s_reserved = FrozenSet.Create(
        "target", "address", "identity", "slot", "expect", "phase", "class", "reason", "alert", "outcome", "side", "serial", "position",
        "subject", "issuer", "sha256", "key", "version", "cipher", "alpn", "error", "server_name", "protocol", "trust", "le", "quantile",
        "job", "instance");

    /// <summary>Whether the exporter or Prometheus sets this label.</summary>
    public static bool IsReserved(string name) => s_reserved.Contains(name);

    /// <summary>The labels in the order of the file. An empty value is kept: it takes a default label away.</summary>
    public static IReadOnlyList<Label> Read(Section section, ErrorList errors)
    {
        var labels = new List<Label>();
        foreach (var (name, key, node) in section.Entries)
        {
            if (NameProblem(name) is var (problem, hint)) errors.Add(key, section.PathOf(name), problem, hint);
            else if (node.IsEmpty) labels.Add(new Label(name, ""));
            else if (section.Read(name, Value) is { Valid: true, Value: { } value }) labels.Add(new Label(name, value));
        }

        if (labels.Count > MaxLabels) errors.Add(section.At, section.Where, $"more than {MaxLabels} labels");
        return labels;
    }

    private static (string Problem, string Hint)? NameProblem(string name) => name switch
    {
        _ when name.StartsWith("__", StringComparison.Ordinal) =>
            ("label names that begin with __ are Prometheus' own", "choose another name"),
        _ when s_reserved.Contains(name) => ("this label name is reserved", "the exporter or Prometheus sets it; choose another name"),
        _ when name.Length > MaxNameLength || !IsLabelName(name) =>
            ("this is not a label name", "letters, digits and _, not beginning with a digit"),
        _ => null,
    };

    private static bool IsLabelName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static Reading<string> Value(string text) =>
        text.Length > MaxValueLength ? Reading<string>.Wrong($"is longer than {MaxValueLength} characters") : text;
}
