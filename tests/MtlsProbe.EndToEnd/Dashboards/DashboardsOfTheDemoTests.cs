using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Demo;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>Every query of the shipped dashboards, asked of a real Prometheus that has watched the demo.</summary>
[Collection(DemoRunTests.Name)]
public sealed partial class DashboardsOfTheDemoTests(DemoRun run)
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    /// <summary>Queries that find nothing in the demo, and why that is right.</summary>
    private static readonly Dictionary<string, string> s_empty = new()
    {
        ["exporter: Results that do not come [A]"] = "every probe of the demo comes in time",
        ["fleet: annotation Notes (alerts of severity info)"] = "no server of the demo changes its issuer",
        ["service: The server's certificate [C]"] = "no target of the demo has expect.issuer",
    };

    public static TheoryData<string> Names => [.. Shipped.Select(dashboard => dashboard.Name)];

    private static IReadOnlyList<Dashboard> Shipped { get; } = Dashboard.In(SourceTree.PathOf("grafana/dashboards"));

    private DateTimeOffset Start => run.Moments[0].At;

    private DateTimeOffset End => run.Moments[^1].At;

    [NeedsTheory("prometheus")]
    [MemberData(nameof(Names))]
    public async Task Every_query_finds_data_but_for_those_that_rightly_find_none(string name)
    {
        var dashboard = Shipped.Single(dashboard => dashboard.Name == name);
        var without = dashboard.Queries.Select(query => query.Where).ToHashSet();
        foreach (var variables in await Choices(dashboard))
        {
            foreach (var query in dashboard.Queries.Where(query => without.Contains(query.Where)))
            {
                if ((await run.Prometheus.Within(Start, End, Step, variables.Of(query.Expression))).Count > 0) without.Remove(query.Where);
            }
        }

        Assert.Equal(s_empty.Keys.Where(where => where.StartsWith(name + ":", StringComparison.Ordinal)).Order(), without.Order());
    }

    /// <summary>The variables of a dashboard, set to all where that can be; where only one can be chosen, once for each.</summary>
    private async Task<IReadOnlyList<Interpolation>> Choices(Dashboard dashboard)
    {
        List<Interpolation> choices = [new(End - Start)];
        foreach (var variable in dashboard.Variables.Where(variable => variable.Type == "query"))
        {
            var (series, label) = LabelValues().Match(variable.Query) is { Success: true } match
                ? (match.Groups["series"].Value, match.Groups["label"].Value)
                : throw new InvalidOperationException($"{dashboard.Name}: not understood: {variable.Query}");
            List<Interpolation> next = [];
            foreach (var choice in choices)
            {
                var values = await run.Prometheus.LabelValues(Start, End, label, choice.Of(series));
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
