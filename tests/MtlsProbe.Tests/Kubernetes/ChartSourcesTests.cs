using System.Text.Json.Nodes;
using MtlsProbe.Tests.Alerts;
using MtlsProbe.Tests.Credentials;
using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>Alerts, dashboards and the version of the chart are those of this repository.</summary>
public sealed class ChartSourcesTests
{
    private static readonly string s_dashboards = Path.Combine(Repository.Root, "grafana", "dashboards");

    [NpmToolsFact]
    public async Task The_alerts_are_those_of_the_rule_files()
    {
        var groups = (await Chart.Of("everything")).One("PrometheusRule")["spec"].List("groups").ToList();

        Assert.Equal(ShippedRules.Groups().Select(group => group.Text("name")), groups.Select(group => group.Text("name")));
        Assert.All(ShippedRules.Groups().Zip(groups), pair => Assert.True(JsonNode.DeepEquals(pair.First.ToJson(), pair.Second.ToJson()), pair.First.Text("name")));
    }

    [NpmToolsFact]
    public async Task The_dashboards_are_those_of_Grafana() =>
        Assert.Equal(Dashboards(), (await Chart.Of("everything")).All("ConfigMap").Where(IsDashboard).Select(map => Assert.Single(map.Map("data"))).Select(Trimmed));

    [NpmToolsFact]
    public async Task The_kustomization_has_the_same_dashboards() =>
        Assert.Equal(Dashboards(), Yaml.Documents(await NpmTools.Kustomize("grafana")).Where(IsDashboard).Select(map => Assert.Single(map.Map("data"))).Select(Trimmed));

    [NpmToolsFact]
    public async Task A_package_contains_everything_that_its_directory_renders_and_no_tests()
    {
        using var files = new TempFiles();
        var (exitCode, _, error) = await Chart.Helm("package", Chart.Folder, "--destination", files.Directory);
        Assert.True(exitCode == 0, error);
        var package = Assert.Single(Directory.GetFiles(files.Directory));

        var (_, output, _) = await Chart.Template(package, Chart.Values("everything"));
        Assert.Equal((await Chart.Of("everything")).Text, output);

        var (_, packed, _) = await Tool.RunIn(files.Directory, "", "tar", ["tzf", package]);
        Assert.DoesNotContain("tests/", packed, StringComparison.Ordinal);
        Assert.DoesNotContain("ci/", packed, StringComparison.Ordinal);
        Assert.Equal(AlertFiles.RuleFiles.Select(Path.GetFileName), packed.Split('\n').Where(file => file.Contains("files/alerts/", StringComparison.Ordinal)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [NpmToolsTheory]
    [InlineData("prometheusRule", "alerts")]
    [InlineData("dashboards", "dashboards")]
    public async Task A_copy_that_lost_its_links_fails_with_a_message(string value, string folder)
    {
        using var files = new TempFiles();
        var (exitCode, _, _) = await Tool.RunIn(files.Directory, "", "cp", ["--recursive", "--no-dereference", Chart.Folder, "."]);
        Assert.Equal(0, exitCode);
        var copy = Path.Combine(files.Directory, "mtlsprobe");
        Directory.Delete(Path.Combine(copy, "files"), recursive: true);

        (exitCode, _, var error) = await Chart.Template(copy, "--set", $"{value}.enabled=true");

        Assert.Equal(1, exitCode);
        Assert.Contains($"files/{folder} is missing: get the chart with its symbolic links, or as a package", error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_has_the_version_of_the_program()
    {
        var chart = Yaml.Documents(File.ReadAllText(Path.Combine(Chart.Folder, "Chart.yaml"))).Single();
        var version = File.ReadLines(Path.Combine(Repository.Root, "Directory.Build.props")).Single(line => line.Contains("<Version>", StringComparison.Ordinal)).Trim();

        Assert.Equal(version, $"<Version>{chart.Text("appVersion")}</Version>");
        Assert.Equal(chart.Text("appVersion"), chart.Text("version"));
    }

    private static bool IsDashboard(YamlNode item) => item["metadata"].Has("labels") && item["metadata"]["labels"].Has("grafana_dashboard");

    private static IReadOnlyList<KeyValuePair<string, string>> Dashboards() =>
    [
        .. Directory.GetFiles(s_dashboards, "*.json").Order(StringComparer.Ordinal)
            .Select(file => Trimmed(KeyValuePair.Create($"mtlsprobe-{Path.GetFileName(file)}", File.ReadAllText(file)))),
    ];

    private static KeyValuePair<string, string> Trimmed(KeyValuePair<string, string> file) => KeyValuePair.Create(file.Key, file.Value.Trim());
}
