using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>What holds for the objects of the chart with any values.</summary>
public sealed class ChartObjectsTests
{
    private static readonly string[] s_volumes = ["name", "projected", "persistentVolumeClaim", "csi"];

    public static TheoryData<string> Cases => [.. Chart.Cases];

    [NpmToolsTheory]
    [MemberData(nameof(Cases))]
    public async Task Helm_finds_nothing_to_complain_about(string name)
    {
        var (exitCode, output, _) = await Chart.Helm(["lint", "--strict", "--quiet", Chart.Folder, .. Chart.Values(name)]);

        Assert.True(exitCode == 0, output);
    }

    [NpmToolsFact]
    public async Task Every_object_matches_its_API()
    {
        var charts = await Task.WhenAll(Chart.Cases.Select(Chart.Of));

        Assert.Equal("", await NpmTools.FaultsOf(string.Concat(charts.Select(chart => $"---\n{chart.Text}\n"))));
    }

    [NpmToolsTheory]
    [InlineData("failureThreshold: 6", "failureTreshold: 6", "Deployment mtlsprobe: spec.template.spec.containers[0].livenessProbe.failureTreshold does not exist\n")]
    [InlineData("serviceAccountName: mtlsprobe", "serviceAccountName: 7", "Deployment mtlsprobe: data/spec/template/spec/serviceAccountName must be string\n")]
    [InlineData("policyTypes:", "types:", "NetworkPolicy mtlsprobe: spec.types does not exist\n")]
    [InlineData("apiVersion: apps/v1\n", "apiVersion: apps/v9\n", "Deployment mtlsprobe: apps/v9 has no Deployment\n")]
    public async Task An_object_that_does_not_match_its_API_is_found(string text, string mistake, string fault) =>
        Assert.Equal(fault, await NpmTools.FaultsOf((await Chart.Of("default")).Text.Replace(text, mistake, StringComparison.Ordinal)));

    [NpmToolsTheory]
    [MemberData(nameof(Cases))]
    public async Task Pods_have_no_privileges_and_write_nowhere_but_to_their_storage(string name)
    {
        var chart = await Chart.Of(name);
        var pod = chart.Pod["spec"];
        var container = chart.Container;

        Assert.Equal("true", pod["securityContext"].Text("runAsNonRoot"));
        Assert.Equal("RuntimeDefault", pod["securityContext"]["seccompProfile"].Text("type"));
        Assert.Equal("true", container["securityContext"].Text("readOnlyRootFilesystem"));
        Assert.Equal("false", container["securityContext"].Text("allowPrivilegeEscalation"));
        Assert.Equal(["ALL"], container["securityContext"]["capabilities"].Texts("drop"));
        Assert.All(container.List("volumeMounts"), mount => Assert.Equal(mount.Text("name") != "storage", mount.Has("readOnly") && mount.Text("readOnly") == "true"));
        Assert.All(container.List("volumeMounts"), mount => Assert.False(mount.Has("subPath"), "a file mounted by subPath is never updated"));
        Assert.All(pod.List("volumes"), volume => Assert.Empty(volume.Children.Keys.Select(key => key.ToString()).Except(s_volumes)));
        Assert.All(pod.List("volumes").Where(volume => volume.Has("projected")), volume => Assert.Equal("0440", volume["projected"].Text("defaultMode")));
    }

    [NpmToolsTheory]
    [MemberData(nameof(Cases))]
    public async Task Every_mount_has_its_volume_and_every_volume_a_mount(string name)
    {
        var chart = await Chart.Of(name);
        var volumes = chart.Pod["spec"].List("volumes").Concat(chart.Workload["spec"].List("volumeClaimTemplates").Select(claim => claim["metadata"]));

        Assert.Equal(volumes.Select(volume => volume.Text("name")).Order(), chart.Container.List("volumeMounts").Select(mount => mount.Text("name")).Order());
    }

    [NpmToolsTheory]
    [MemberData(nameof(Cases))]
    public async Task Whatever_selects_pods_selects_these(string name)
    {
        var chart = await Chart.Of(name);
        var labels = chart.Pod["metadata"]["labels"];
        IReadOnlyList<YamlNode> selectors =
        [
            chart.Workload["spec"]["selector"]["matchLabels"],
            chart.One("Service")["spec"]["selector"],
            .. chart.All("NetworkPolicy").Select(policy => policy["spec"]["podSelector"]["matchLabels"]),
            .. chart.All("PodDisruptionBudget").Select(budget => budget["spec"]["selector"]["matchLabels"]),
        ];

        Assert.All(selectors, selector => Assert.True(selector.Has("app.kubernetes.io/instance") && labels.Includes(selector)));
    }

    [NpmToolsTheory]
    [MemberData(nameof(Cases))]
    public async Task The_service_monitor_finds_one_service_and_its_port_and_names_the_job_after_the_release(string name)
    {
        var chart = await Chart.Of(name);
        var service = chart.One("Service");
        var port = Assert.Single(service["spec"].List("ports"));

        Assert.Equal(Assert.Single(chart.Container.List("ports")).Text("name"), port.Text("targetPort"));
        Assert.All(chart.All("ServiceMonitor"), monitor =>
        {
            Assert.True(service["metadata"]["labels"].Includes(monitor["spec"]["selector"]["matchLabels"]));
            var endpoint = Assert.Single(monitor["spec"].List("endpoints"));
            Assert.Equal(port.Text("name"), endpoint.Text("port"));
            var last = endpoint.List("relabelings").Last();
            var release = monitor["metadata"].Text("name");
            Assert.Equal(("job", release.Contains("mtlsprobe", StringComparison.Ordinal) ? release : $"{release}-mtlsprobe"), (last.Text("targetLabel"), last.Text("replacement")));
        });
    }

    [NpmToolsTheory]
    [MemberData(nameof(Cases))]
    public async Task A_token_of_the_API_server_is_mounted_only_if_a_role_grants_something(string name)
    {
        var chart = await Chart.Of(name);
        var grants = chart.Objects.Count(item => item.Text("kind").EndsWith("Role", StringComparison.Ordinal));

        Assert.Equal(grants > 0 ? "true" : "false", chart.Pod["spec"].Text("automountServiceAccountToken"));
        Assert.All(chart.All("ServiceAccount"), account => Assert.Equal("false", account.Text("automountServiceAccountToken")));
    }

    [NpmToolsTheory]
    [MemberData(nameof(Cases))]
    public async Task The_configuration_is_accepted_and_every_file_that_it_names_is_mounted(string name)
    {
        var chart = await Chart.Of(name);

        if (Mounted.Configuration(chart) is { } configuration) Assert.Empty(Mounted.FilesOf(configuration).Except(Mounted.FilesIn(chart.Pod)));
        else Assert.Equal("nothing", name);
    }
}
