using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using Prometheus;
using ExpositionFormat = MtlsProbe.Metrics.ExpositionFormat;

namespace MtlsProbe.Tests.Metrics;

/// <summary>
/// An exposition read back strictly: each family once with HELP and TYPE before its samples, no duplicate series, no duplicate label names, only the
/// escapes of the format. Anything else fails the test.
/// </summary>
internal sealed partial class ReadExposition
{
    private readonly Dictionary<string, string> _help = [];
    private readonly Dictionary<string, string> _unit = [];

    private ReadExposition(string text, ExpositionFormat format)
    {
        Text = text;
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var lines = text[..^1].Split('\n').ToList();
        if (format == ExpositionFormat.OpenMetrics)
        {
            Assert.Equal("# EOF", lines[^1]);
            lines.RemoveAt(lines.Count - 1);
        }

        var family = "";
        foreach (var line in lines)
        {
            var words = line.Split(' ', 4);
            if (words is ["#", "HELP", var name, var help])
            {
                Assert.True(_help.TryAdd(name, help), $"{name} is duplicated");
                family = name;
            }
            else if (words is ["#", "TYPE", var typed, var type])
            {
                Assert.Equal(family, typed);
                Types.Add(typed, type);
            }
            else if (words is ["#", "UNIT", var measured, var unit])
            {
                Assert.Equal(ExpositionFormat.OpenMetrics, format);
                Assert.Equal(family, measured);
                Assert.EndsWith("_" + unit, measured, StringComparison.Ordinal);
                _unit.Add(measured, unit);
            }
            else
            {
                Add(Sample(line), family, format);
            }
        }
    }

    public string Text { get; }

    /// <summary>Type by name, of the families that have samples.</summary>
    public Dictionary<string, string> Types { get; } = [];

    /// <summary>Values by name and labels in their order: <c>name{a="b"}</c>, with the escapes resolved.</summary>
    public Dictionary<string, double> Series { get; } = [];

    public List<(string Name, IReadOnlyDictionary<string, string> Labels, double Value)> Samples { get; } = [];

    public static ReadExposition Of(FleetSnapshot snapshot, ExpositionFormat format = ExpositionFormat.Text)
    {
        var output = new ArrayBufferWriter<byte>();
        Exposition.Write(snapshot, format, output);
        return Parse(output, format);
    }

    /// <summary>The metrics of a process about itself.</summary>
    public static async Task<ReadExposition> OfAsync(CollectorRegistry own, ExpositionFormat format = ExpositionFormat.Text)
    {
        var output = new ArrayBufferWriter<byte>();
        await RegistryText.WriteAsync(own, format, output, CancellationToken.None);
        return Parse(output, format);
    }

    /// <summary>Everything in a scrape.</summary>
    public static async Task<ReadExposition> OfAsync(FleetSnapshot snapshot, CollectorRegistry own, ExpositionFormat format = ExpositionFormat.Text)
    {
        using var text = new MemoryStream();
        var pipe = PipeWriter.Create(text, new StreamPipeWriterOptions(leaveOpen: true));
        await Exposition.WriteAsync(snapshot, own, format, pipe, CancellationToken.None);
        await pipe.CompleteAsync();
        var output = new ArrayBufferWriter<byte>();
        output.Write(text.ToArray());
        return Parse(output, format);
    }

    public static ReadExposition OfProbe(params HandshakeState[] results) =>
        OfProbe(results, MtlsProbe.Tests.Metrics.Samples.Servers(results), ExpositionFormat.Text);

    public static ReadExposition OfProbe(IReadOnlyList<HandshakeState> results, IReadOnlyList<ServerState> servers, ExpositionFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        Exposition.WriteProbe(results, servers, format, output);
        return Parse(output, format);
    }

    public static ReadExposition Parse(ArrayBufferWriter<byte> output, ExpositionFormat format) =>
        new(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.WrittenSpan), format);

    /// <summary>The samples of a family, by name without suffixes.</summary>
    public IEnumerable<(string Name, IReadOnlyDictionary<string, string> Labels, double Value)> Of(string name) =>
        Samples.Where(sample => sample.Name == name);

    private void Add((string Name, IReadOnlyDictionary<string, string> Labels, double Value) sample, string family, ExpositionFormat format)
    {
        string[] suffixes = (Types[family], format) switch
        {
            ("histogram", _) => ["_bucket", "_sum", "_count"],
            ("counter", ExpositionFormat.OpenMetrics) => ["_total"],
            _ => [""],
        };
        Assert.Contains(sample.Name, suffixes.Select(suffix => family + suffix));
        var key = sample.Name + "{" + string.Join(",", sample.Labels.Where(label => label.Value != "").OrderBy(label => label.Key, StringComparer.Ordinal)
            .Select(label => $"{label.Key}=\"{label.Value}\"")) + "}";
        Assert.True(Series.TryAdd(key, sample.Value), $"{key} is duplicated");
        Samples.Add(sample);
    }

    private static (string Name, IReadOnlyDictionary<string, string> Labels, double Value) Sample(string line)
    {
        var match = SampleLine().Match(line);
        Assert.True(match.Success, $"no sample: {line}");
        var labels = new Dictionary<string, string>();
        for (var i = 0; i < match.Groups["name"].Captures.Count; i++)
            Assert.True(labels.TryAdd(match.Groups["name"].Captures[i].Value, Unescaped(match.Groups["text"].Captures[i].Value)), line);
        var value = match.Groups["value"].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var number => double.Parse(number, CultureInfo.InvariantCulture),
        };
        return (match.Groups["metric"].Value, labels, value);
    }

    private static string Unescaped(string text) => Escape().Replace(text, escape => escape.Value switch
    {
        @"\n" => "\n",
        @"\\" => @"\",
        "\\\"" => "\"",
        var other => throw new FormatException($"not an escape of the format: {other}"),
    });

    [GeneratedRegex("""^(?<metric>[a-z_]+)(\{((?<name>[A-Za-z_][A-Za-z0-9_]*)="(?<text>([^"\\]|\\.)*)",?)+(?<!,)\})? (?<value>\S+)$""", RegexOptions.Singleline)]
    private static partial Regex SampleLine();

    [GeneratedRegex(@"\\.")]
    private static partial Regex Escape();
}
