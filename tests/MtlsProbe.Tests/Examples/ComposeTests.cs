using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace MtlsProbe.Tests.Examples;

/// <summary>Checks of examples/compose without Docker: its shape, its paths, and each configuration by the tool of its program.</summary>
public sealed partial class ComposeTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "examples", "compose");
    private static readonly JsonNode s_compose = Yaml(Path.Combine(s_folder, "compose.yaml"));

    private static IEnumerable<(string Name, JsonObject Service)> Services =>
        s_compose["services"]!.AsObject().Select(service => (service.Key, service.Value!.AsObject()));

    [Fact]
    public void Everything_that_is_mounted_from_the_repository_exists_and_is_mounted_read_only()
    {
        var mounts = Services.SelectMany(item => Mounts(item.Service)).Where(mount => mount[0].StartsWith('.')).ToList();

        Assert.Equal(5, mounts.Count);
        Assert.All(mounts, mount => Assert.True(Path.Exists(Path.Combine(s_folder, mount[0])) && mount[^1] == "ro", string.Join(':', mount)));
    }

    [Fact]
    public void Every_other_mount_is_a_volume_that_is_declared() => Assert.Equal(
        s_compose["volumes"]!.AsObject().Select(volume => volume.Key),
        Services.SelectMany(item => Mounts(item.Service)).Where(mount => !mount[0].StartsWith('.')).Select(mount => mount[0]));

    [Fact]
    public void Every_service_is_pinned_checked_read_only_and_without_privileges() => Assert.All(Services, item =>
    {
        Assert.True(item.Service.ContainsKey("build") || Pinned().IsMatch((string)item.Service["image"]!), item.Name);
        Assert.NotNull(item.Service["healthcheck"]?["test"]);
        Assert.Equal("true", (string?)item.Service["read_only"]);
        Assert.Equal("""["ALL"]""", item.Service["cap_drop"]!.ToJsonString());
    });

    [Fact]
    public void Nothing_listens_beyond_this_machine() => Assert.All(
        Services.SelectMany(item => item.Service["ports"]!.AsArray()), port => Assert.StartsWith("127.0.0.1:", (string?)port, StringComparison.Ordinal));

    [Fact]
    public void A_service_waits_only_for_existing_services() => Assert.Empty(
        Services.SelectMany(item => item.Service["depends_on"]?.AsObject().Select(other => other.Key) ?? []).Except(Services.Select(item => item.Name)));

    [Fact]
    public void Grafana_finds_the_dashboards_and_opens_with_one_of_them()
    {
        var grafana = s_compose["services"]!["grafana"]!.AsObject();
        var provider = Yaml(Path.Combine(Repository.Root, "grafana", "provisioning", "dashboards", "mtlsprobe.yml"))["providers"]![0]!;
        var mounted = Mounts(grafana).Single(mount => mount[1] == (string?)provider["options"]!["path"]);
        var home = (string)grafana["environment"]!["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]!;

        Assert.Equal("../../grafana/dashboards", mounted[0]);
        Assert.True(File.Exists(home.Replace(mounted[1], Path.Combine(s_folder, mounted[0]), StringComparison.Ordinal)), home);
        Assert.Contains(Mounts(grafana), mount => mount[0] == "../../grafana/provisioning" && mount[1] == "/etc/grafana/provisioning");
    }

    [Fact]
    public void The_data_sources_are_services_and_know_how_often_Prometheus_scrapes()
    {
        var sources = Yaml(Path.Combine(Repository.Root, "grafana", "provisioning", "datasources", "mtlsprobe.yml"))["datasources"]!.AsArray();
        var job = Yaml(Path.Combine(s_folder, "prometheus.yml"))["scrape_configs"]![0]!;

        Assert.All(sources, source => Assert.Contains(new Uri((string)source!["url"]!).Host, Services.Select(item => item.Name)));
        Assert.Equal((string?)job["scrape_interval"], (string?)sources[0]!["jsonData"]!["timeInterval"]);
    }

    [NeedsFact("promtool")]
    public async Task Promtool_accepts_the_configuration_of_Prometheus_and_its_rules()
    {
        var rules = Mounts(s_compose["services"]!["prometheus"]!.AsObject()).Single(mount => mount[0].EndsWith("alerts", StringComparison.Ordinal));
        var configuration = Path.GetTempFileName();
        try
        {
            var text = await File.ReadAllTextAsync(Path.Combine(s_folder, "prometheus.yml"));
            await File.WriteAllTextAsync(configuration, text.Replace(rules[1], Path.Combine(Repository.Root, "alerts"), StringComparison.Ordinal));
            var (exitCode, said) = await Run("promtool", "check", "config", configuration);

            Assert.True(exitCode == 0, said);
            Assert.Matches("SUCCESS: [0-9]+ rules found", said);
        }
        finally
        {
            File.Delete(configuration);
        }
    }

    [NeedsFact("amtool")]
    public async Task Amtool_accepts_the_configuration_of_Alertmanager()
    {
        var mount = Mounts(s_compose["services"]!["alertmanager"]!.AsObject())[0];
        var (exitCode, said) = await Run("amtool", "check-config", Path.Combine(s_folder, mount[0]));

        Assert.True(exitCode == 0, said);
    }

    private static List<string[]> Mounts(JsonObject service) => [.. service["volumes"]?.AsArray().Select(volume => ((string)volume!).Split(':')) ?? []];

    /// <summary>A YAML file with every scalar as text.</summary>
    private static JsonNode Yaml(string file)
    {
        var read = new DeserializerBuilder().Build().Deserialize<object>(File.ReadAllText(file));
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(read))!;
    }

    private static async Task<(int ExitCode, string Said)> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Needs.Find(program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(said));
    }

    [GeneratedRegex(@":v?[0-9]+\.[0-9]+\.[0-9]+$")]
    private static partial Regex Pinned();
}
