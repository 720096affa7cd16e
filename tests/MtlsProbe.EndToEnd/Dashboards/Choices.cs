using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>The choices that a reader has at the top of a dashboard, queried from Prometheus as Grafana does.</summary>
internal static partial class Choices
{
    /// <summary>The variables set to "all" if possible; a variable that allows only one value, once with each value.</summary>
    public static async Task<IReadOnlyList<Interpolation>> Of(Dashboard dashboard, PrometheusServer prometheus, DateTimeOffset from, DateTimeOffset to)
    {
        List<Interpolation> choices = [dashboard.Variables.Where(variable => variable.Value is not null)
            .Aggregate(new Interpolation(to - from), (choice, variable) => choice.With(variable.Name, variable.Value!))];
        foreach (var variable in dashboard.Variables.Where(variable => variable.Type == "query"))
        {
            var asked = LabelValues().Match(variable.Query);
            Assert.True(asked.Success, $"{dashboard.Name}: not understood: {variable.Query}");
            List<Interpolation> next = [];
            foreach (var choice in choices)
            {
                var values = await prometheus.LabelValues(from, to, asked.Groups["label"].Value, choice.Of(asked.Groups["series"].Value));
                Assert.True(values.Count > 0, $"{dashboard.Name}: no values for {variable.Name}");
                if (!variable.HasAll) next.AddRange(values.Select(value => choice.With(variable.Name, value)));
                else next.Add(variable.AllValue is { } all ? choice.With(variable.Name, all) : choice.With(variable.Name, values));
            }

            choices = next;
        }

        return choices;
    }

    [GeneratedRegex(@"^label_values\((?<series>.+), (?<label>\w+)\)$")]
    private static partial Regex LabelValues();
}
