using System.Text.Encodings.Web;
using System.Text.Json;
using MtlsProbe.EndToEnd.Dashboards;
using MtlsProbe.Metrics;
using MtlsProbe.Tests.PromQl;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>The shipped dashboards follow the rules; each rule finds the dashboard that breaks it.</summary>
public sealed class DashboardTests
{
    private static readonly string s_directory = Path.Combine(Repository.Root, "grafana", "dashboards");
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Families that no dashboard shows, and why.</summary>
    private static readonly Dictionary<string, string> s_notShown = new()
    {
        ["mtlsprobe_identity_source_info"] = "where a credential comes from is configuration; how that fares is shown",
        ["mtlsprobe_target_source_info"] = "for joins in queries; how many targets each source delivers is shown",
        ["mtlsprobe_target_server_id_info"] = "which ID a server has to have is configuration; whether it has it, is shown",
        ["mtlsprobe_target_identities"] = "who has to get in is configuration; who does, is shown",
        ["mtlsprobe_storage_usable"] = "what cannot be kept is told on the page and in the log, and costs no figure of a dashboard",
        ["process_virtual_memory_bytes"] = ".NET reserves address space that it does not use: the number says nothing",
        ["dotnet_gc_collections_total"] = "what matters of collections is the time that they take, which is shown",
        ["dotnet_thread_pool_completed_work_items_total"] = "grows with the probes, which are shown",
        ["dotnet_lock_contentions_total"] = "for who looks for the cause of a delay; the delays are shown",
    };

    private static IReadOnlyList<Dashboard> Shipped { get; } = Dashboard.In(s_directory);

    public static TheoryData<string> Rules => [.. Rule.All.Select(rule => rule.Says)];

    public static TheoryData<string> Mistakes => [.. BadDashboards.All.Select(mistake => mistake.Name)];

    [Fact]
    public void There_are_four_dashboards() => Assert.Equal(["exporter", "fleet", "rotation", "service"], Shipped.Select(dashboard => dashboard.Name));

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_shipped_dashboards_obey_the_rules(string says) => Assert.Empty(Breaches(says, Shipped));

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Each_rule_finds_the_dashboard_that_breaks_it(string name)
    {
        var mistake = BadDashboards.All.Single(mistake => mistake.Name == name);
        var all = Dashboard.In(s_directory);
        mistake.Make(all.Single(dashboard => dashboard.Name == mistake.Dashboard).Json);

        Assert.StartsWith(mistake.Dashboard, Assert.Single(Breaches(mistake.Rule, all)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_is_broken_by_a_dashboard_of_the_tests() =>
        Assert.Equal(Rule.All.Select(rule => rule.Says).Order(), BadDashboards.All.Select(mistake => mistake.Rule).Distinct().Order());

    [Fact]
    public void Every_family_of_the_catalog_is_on_a_dashboard_except_those_without_information()
    {
        var shown = Shipped.SelectMany(dashboard => dashboard.Queries).SelectMany(query => PromQlNames.Of(query.Expression).Metrics).ToHashSet();
        var families = Catalog.All.Where(family => !shown.Contains(family.Type == MetricType.Histogram ? family.Name + "_bucket" : family.Name));

        Assert.Equal(s_notShown.Keys, families.Select(family => family.Name));
    }

    [Fact]
    public void Alerts_that_are_named_exist_and_have_their_runbooks_as_in_the_rules()
    {
        var rules = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "alerts"), "*.rules.yml").Select(File.ReadAllText));
        var named = Shipped.SelectMany(dashboard => dashboard.Queries).SelectMany(query => PromQlNames.Of(query.Expression).Selectors)
            .SelectMany(selector => selector.Matchers).Where(matcher => matcher is { Label: "alertname", Operator: "=" }).ToList();

        Assert.NotEmpty(named);
        Assert.All(named, matcher => Assert.Contains($"alert: {matcher.Value}\n", rules, StringComparison.Ordinal));
        Assert.Contains($"runbook_url: {LinkRules.Runbooks.Split('$')[0]}MtlsProbe", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void The_documentation_names_every_panel()
    {
        var documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "dashboards.md"));

        Assert.All(Shipped.SelectMany(Rule.PanelsOf), panel => Assert.Contains(panel.Text("title"), documentation, StringComparison.Ordinal));
    }

    /// <summary>A change is then visible as a change, whatever tool made it.</summary>
    [Fact]
    public void The_files_are_indented_as_jq_does_it() => Assert.All(Shipped, dashboard =>
        Assert.Equal(dashboard.Json.ToJsonString(s_format) + "\n", File.ReadAllText(Path.Combine(s_directory, dashboard.Name + ".json"))));

    private static IEnumerable<string> Breaches(string says, IReadOnlyList<Dashboard> all)
    {
        var rule = Rule.All.Single(rule => rule.Says == says);
        return all.SelectMany(dashboard => rule.Breaches(dashboard, all));
    }
}
