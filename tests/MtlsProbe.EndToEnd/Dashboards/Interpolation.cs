using System.Text.RegularExpressions;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>Replaces variables by values, as Grafana does before it queries Prometheus.</summary>
internal sealed partial class Interpolation
{
    /// <summary>Grafana's own variables, for a run of some minutes that is scraped every other second.</summary>
    private readonly Dictionary<string, string> _values = new()
    {
        ["__interval"] = "5s",
        ["__rate_interval"] = "10s",
    };

    /// <param name="range">The displayed time range.</param>
    public Interpolation(TimeSpan range) => _values["__range"] = $"{range.TotalSeconds:0}s";

    private Interpolation(Dictionary<string, string> values) => _values = new(values);

    /// <summary>For a variable that allows only one value: the value, unchanged.</summary>
    public Interpolation With(string variable, string value) => new(_values) { _values = { [variable] = value } };

    /// <summary>For a variable that allows several values: an expression that matches each of them.</summary>
    public Interpolation With(string variable, IEnumerable<string> values) => With(variable, $"({string.Join('|', values.Select(Escaped))})");

    public string Of(string expression) => Variable().Replace(expression, match => _values[match.Groups["name"].Value]);

    /// <summary>Escaped for a regular expression within a PromQL string.</summary>
    private static string Escaped(string value) => Special().Replace(value, @"\\$&");

    [GeneratedRegex(@"\$\{?(?<name>\w+)\}?")]
    private static partial Regex Variable();

    [GeneratedRegex(@"[\\^$*+?.()|[\]{}/]")]
    private static partial Regex Special();
}
