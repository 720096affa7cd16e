using System.CommandLine.Parsing;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Model;
using YamlMappingNode = YamlDotNet.RepresentationModel.YamlMappingNode;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>The effects of single values of the chart.</summary>
public sealed class ChartOptionsTests
{
    private static readonly string[] s_probes = ["livenessProbe", "readinessProbe"];

    private static readonly string s_examples = Path.Combine(Repository.Root, "examples", "kubernetes");

    [NpmToolsFact]
    public async Task Without_values_there_is_one_pod_and_nothing_that_needs_an_operator_a_role_or_a_volume()
    {
        var chart = await Chart.Of("default");

        Assert.Equal(["ConfigMap", "Deployment", "NetworkPolicy", "Service", "ServiceAccount"], chart.Objects.Select(item => item.Text("kind")).Order());
        Assert.Equal("1", chart.Workload["spec"].Text("replicas"));
    }

    [NpmToolsFact]
    public async Task Shards_are_pods_of_a_StatefulSet_that_know_their_ordinal_and_their_number()
    {
        var chart = await Chart.Of("shards");
        var workload = chart.One("StatefulSet")["spec"];
        var service = chart.One("Service");
        var environment = chart.Container.List("env").ToDictionary(variable => variable.Text("name"));

        Assert.Equal(("3", "Parallel"), (workload.Text("replicas"), workload.Text("podManagementPolicy")));
        Assert.Equal("metadata.name", environment["POD_NAME"]["valueFrom"]["fieldRef"].Text("fieldPath"));
        Assert.Equal(
            [new Shard(1, 3), new Shard(2, 3), new Shard(3, 3)],
            Enumerable.Range(0, 3).Select(ordinal => ShardGrammar.Read(environment["MTLSPROBE_SHARD"].Text("value").Replace("$(POD_NAME)", $"mtlsprobe-{ordinal}", StringComparison.Ordinal)).Value));
        Assert.Equal(["POD_NAME", "MTLSPROBE_SHARD"], environment.Keys); // a variable is expanded only if it is defined above
        Assert.Equal((workload.Text("serviceName"), "None"), (service["metadata"].Text("name"), service["spec"].Text("clusterIP")));
        Assert.Equal("1", chart.One("PodDisruptionBudget")["spec"].Text("maxUnavailable"));
        Assert.Equal("128Mi", Assert.Single(workload.List("volumeClaimTemplates"))["spec"]["resources"]["requests"].Text("storage"));
    }

    [NpmToolsFact]
    public async Task The_name_of_shards_leaves_room_for_what_a_StatefulSet_adds()
    {
        var chart = await Chart.With("--set", $"shards=2,fullnameOverride={new string('a', 60)}");

        Assert.Equal(52, chart.Workload["metadata"].Text("name").Length);
    }

    [NpmToolsFact]
    public async Task Many_identities_and_trust_anchors_are_optional_sources_of_one_volume()
    {
        var sources = Assert.Single((await Chart.Of("identities")).Pod["spec"].List("volumes"))["projected"].List("sources").Select(source => source.Children.Single()).ToList();

        Assert.Equal(
            ["mtlsprobe", "checkout-tls", "checkout-next-tls", "ledger.example-tls", "internal-ca", "old-root"],
            sources.Select(source => source.Value.Text("name")));
        Assert.All(sources.Skip(1), source => Assert.Equal("true", source.Value.Text("optional")));
        Assert.Equal("secret", sources.Single(source => source.Value.Text("name") == "old-root").Key.ToString());
    }

    [NpmToolsFact]
    public async Task Roles_allow_what_the_examples_of_docs_allow_and_nothing_more()
    {
        var identities = await Chart.With("--set", "rbac.identities.shop.secrets={checkout-tls},rbac.identities.shop.configMaps={internal-ca}");
        var inventory = await Chart.With("--set", "rbac.inventory.namespaces={shop}");
        var discovery = await Chart.With("--set", "rbac.discovery.roles={service,endpointslice,pod,ingress,gateway}");

        AssertGrants(identities, "Role", "identities");
        AssertGrants(inventory, "Role", "inventory");
        AssertGrants(discovery, "ClusterRole", "discovery");
    }

    [NpmToolsTheory]
    [InlineData("service", "/services")]
    [InlineData("endpointslice", "/services discovery.k8s.io/endpointslices")]
    [InlineData("pod", "/pods")]
    [InlineData("ingress", "networking.k8s.io/ingresses")]
    [InlineData("gateway", "gateway.networking.k8s.io/gateways")]
    public async Task A_role_of_discovery_reads_its_objects_in_its_namespaces(string role, string resources)
    {
        var chart = await Chart.With("--set", $"rbac.discovery.roles={{{role}}},rbac.discovery.namespaces={{shop,stock}}");

        Assert.Empty(chart.All("ClusterRole"));
        Assert.Equal(["shop", "stock"], chart.All("Role").Select(granted => granted["metadata"].Text("namespace")));
        Assert.All(chart.All("Role"), granted => Assert.Equal(resources, string.Join(' ', granted.List("rules").SelectMany(Resources))));
        Assert.All(chart.All("Role").SelectMany(granted => granted.List("rules")), rule => Assert.Equal(["list", "watch"], rule.Texts("verbs")));
    }

    [NpmToolsFact]
    public async Task Only_Prometheus_can_connect_and_only_DNS_targets_and_the_API_server_can_be_reached()
    {
        var open = (await Chart.Of("default")).One("NetworkPolicy")["spec"];
        var narrow = (await Chart.Of("everything")).One("NetworkPolicy")["spec"];

        Assert.Equal("prometheus", Assert.Single(Assert.Single(open.List("ingress")).List("from"))["podSelector"]["matchLabels"].Text("app.kubernetes.io/name"));
        Assert.Equal(["Ingress", "Egress"], open.Texts("policyTypes"));
        Assert.Equal(["UDP/53 TCP/53", "TCP/all"], open.List("egress").Select(Ports));
        Assert.Equal(["UDP/53 TCP/53", "TCP/443 TCP/8443", "TCP/6443", "TCP/8200"], narrow.List("egress").Select(Ports));
        Assert.All(open.List("egress"), rule => Assert.False(rule.Has("to")));
        Assert.All(narrow.List("egress"), rule => Assert.True(rule.Has("to")));
    }

    [NpmToolsFact]
    public async Task A_policy_without_peers_admits_nobody_and_egress_can_be_left_open()
    {
        var policy = (await Chart.With("--set", "networkPolicy.ingressFrom=null,networkPolicy.restrictEgress=false")).One("NetworkPolicy")["spec"];

        Assert.Empty(policy.List("ingress"));
        Assert.Equal(["Ingress"], policy.Texts("policyTypes"));
    }

    [NpmToolsFact]
    public async Task Every_command_of_the_pods_exists()
    {
        var root = CommandLine.Root(new Surroundings { Output = TextWriter.Null, Error = TextWriter.Null, Time = TimeProvider.System, Environment = _ => null });
        foreach (var chart in await Task.WhenAll(Chart.Cases.Select(Chart.Of)))
        {
            var probes = s_probes.Where(probe => chart.Container[probe].Has("exec")).Select(probe => chart.Container[probe]["exec"].Texts("command").ToList()).ToList();

            Assert.Empty(root.Parse([.. chart.Container.Texts("args")]).Errors);
            Assert.All(probes, command => Assert.Equal("mtlsprobe", command[0]));
            Assert.Empty(probes.SelectMany(command => root.Parse([.. command.Skip(1)]).Errors));
        }
    }

    [NpmToolsFact]
    public async Task The_kubelet_probes_over_HTTP_unless_that_has_TLS_or_passwords()
    {
        var plain = (await Chart.Of("default")).Container;
        var guarded = (await Chart.Of("everything")).Container;

        Assert.Equal(("/-/healthy", "/-/ready"), (plain["livenessProbe"]["httpGet"].Text("path"), plain["readinessProbe"]["httpGet"].Text("path")));
        Assert.Contains("--web.config.file=/etc/mtlsprobe-web/web.yml", guarded.Texts("args"));
        Assert.DoesNotContain("--ready", guarded["livenessProbe"]["exec"].Texts("command"));
        Assert.Equal(["--ready", "--web.config.file=/etc/mtlsprobe-web/web.yml", "--username"], guarded["readinessProbe"]["exec"].Texts("command").Skip(2).Take(3));
    }

    [NpmToolsFact]
    public async Task Both_probes_present_the_client_certificate_that_the_server_requires()
    {
        var container = (await Chart.Of("certificates")).Container;

        Assert.All(s_probes, probe => Assert.Equal(
            ["--web.config.file=/etc/mtlsprobe-web/web.yml", "--cert", "/etc/mtlsprobe-web/kubelet.crt", "--key", "/etc/mtlsprobe-web/kubelet.key"],
            container[probe]["exec"].Texts("command").Except(["mtlsprobe", "healthcheck", "--ready"])));
    }

    [NpmToolsFact]
    public async Task One_pod_has_a_claim_for_its_storage_unless_there_is_one()
    {
        var made = await Chart.With("--set", "storage.enabled=true,storage.size=1Gi");
        var existing = await Chart.Of("everything");

        Assert.Equal("1Gi", made.One("PersistentVolumeClaim")["spec"]["resources"]["requests"].Text("storage"));
        Assert.Equal(made.One("PersistentVolumeClaim")["metadata"].Text("name"), Claim(made));
        Assert.Equal("keep", made.One("PersistentVolumeClaim")["metadata"]["annotations"].Text("helm.sh/resource-policy"));
        Assert.Empty(existing.All("PersistentVolumeClaim"));
        Assert.Equal("history", Claim(existing));
    }

    [NpmToolsFact]
    public async Task On_OpenShift_the_numbers_of_users_can_be_left_to_the_cluster()
    {
        var security = (await Chart.Of("everything")).Pod["spec"]["securityContext"];

        Assert.False(security.Has("runAsUser") || security.Has("runAsGroup") || security.Has("fsGroup"));
        Assert.Equal("true", security.Text("runAsNonRoot"));
    }

    [NpmToolsTheory]
    [InlineData("config.targets={},existingConfigMap=mine", "config and existingConfigMap: set only one of them")]
    [InlineData("shards=2,storage.enabled=true,storage.existingClaim=mine", "storage.existingClaim: each shard needs its own claim; leave it empty")]
    [InlineData("web.certificateSecret=mine", "web.certificateSecret: nothing uses it without web.secret, whose web.yml names tls.crt and tls.key")]
    [InlineData("web.secret=mine,web.healthcheckArgs={--ready}", "web.healthcheckArgs: leave out --ready; the readiness probe has it, and with it the liveness probe would restart a pod that is not ready")]
    [InlineData("web.secret=mine,web.healthcheckArgs={--ready=true}", "web.healthcheckArgs: leave out --ready; the readiness probe has it, and with it the liveness probe would restart a pod that is not ready")]
    [InlineData("serviceAccount.create=false,rbac.discovery.roles={pod}", "serviceAccount: rbac would grant its roles to the account default of the namespace, and so to every pod without an account of its own; set serviceAccount.create, or serviceAccount.name to an account of these pods only")]
    [InlineData("serviceAccount.create=false,serviceAccount.name=default,rbac.discovery.roles={pod}", "serviceAccount: rbac would grant its roles to the account default of the namespace, and so to every pod without an account of its own; set serviceAccount.create, or serviceAccount.name to an account of these pods only")]
    [InlineData("podLabels.app\\.kubernetes\\.io/instance=mine", "podLabels: leave out app.kubernetes.io/instance; the chart sets it, and selects the pods by it")]
    [InlineData("extraArgs={--web.listen-address=:8080}", "extraArgs: --web.listen-address: leave it out; Service, probes and NetworkPolicy use port 10219")]
    [InlineData("extraArgs={--web.config.file,web.yml}", "extraArgs: --web.config.file: set web.secret instead")]
    [InlineData("extraArgs={--log.format=json,--storage.path=/data}", "extraArgs: --storage.path: set storage.enabled instead")]
    [InlineData("extraArgs={--shard:1/2}", "extraArgs: --shard: set shards instead")]
    [InlineData("extraEnv[0].name=MTLSPROBE_SHARD,extraEnv[0].value=1/2", "extraEnv: MTLSPROBE_SHARD: set shards instead")]
    public async Task Values_that_contradict_each_other_are_refused(string values, string refusal) =>
        Assert.Contains($": {refusal}\n", await Chart.Refusal("--set", values), StringComparison.Ordinal);

    [NpmToolsTheory]
    [InlineData("7up", "7up-mtlsprobe")]
    [InlineData("mtlsprobe.shop", "mtlsprobe.shop")]
    public async Task A_release_whose_name_is_none_for_a_Service_needs_another_name_for_its_objects(string release, string name)
    {
        var (exitCode, _, error) = await Chart.Helm("template", release, Chart.Folder);

        Assert.Equal(1, exitCode);
        Assert.Contains($"fullnameOverride: the name of the release makes \"{name}\", which is not a name for a Service", error, StringComparison.Ordinal);
        Assert.Equal(0, (await Chart.Helm("template", release, Chart.Folder, "--set", "fullnameOverride=prober")).ExitCode);
    }

    [NpmToolsFact]
    public async Task Releases_of_one_name_in_two_namespaces_grant_their_roles_side_by_side()
    {
        const string Values = "rbac.identities.shop.secrets={a},rbac.inventory.namespaces={shop},rbac.discovery.roles={pod},rbac.discovery.namespaces={shop}";
        var first = await Chart.With("--set", Values);
        var (_, output, _) = await Chart.Helm("template", "mtlsprobe", Chart.Folder, "--namespace", "staging", "--set", Values);
        var roles = first.All("Role").Concat(new Chart(output).All("Role")).Select(role => $"{role["metadata"].Text("namespace")}/{role["metadata"].Text("name")}").ToList();

        Assert.Equal(6, roles.Count);
        Assert.Equal(roles.Count, roles.Distinct().Count());
    }

    private static void AssertGrants(Chart chart, string kind, string example)
    {
        var objects = Yaml.Documents(File.ReadAllText(Path.Combine(s_examples, example, "rbac.yaml")));
        var expected = objects.Single(item => item.Text("kind") == kind);
        var role = chart.One(kind);
        var binding = chart.One($"{kind}Binding");

        Assert.Equal(expected["rules"], role["rules"]);
        Assert.Equal(expected["metadata"].Has("namespace") ? expected["metadata"].Text("namespace") : null, role["metadata"].Has("namespace") ? role["metadata"].Text("namespace") : null);
        Assert.Equal((kind, role["metadata"].Text("name")), (binding["roleRef"].Text("kind"), binding["roleRef"].Text("name")));
        Assert.Equal(objects.Single(item => item.Text("kind") == $"{kind}Binding")["subjects"], binding["subjects"]);
        Assert.Equal(chart.Pod["spec"].Text("serviceAccountName"), Assert.Single(binding.List("subjects")).Text("name"));
    }

    private static IEnumerable<string> Resources(YamlMappingNode rule) => rule.Texts("resources").Select(resource => $"{rule.Texts("apiGroups").Single()}/{resource}");

    private static string Ports(YamlMappingNode rule) => string.Join(' ', rule.List("ports").Select(port => $"{port.Text("protocol")}/{(port.Has("port") ? port.Text("port") : "all")}"));

    private static string Claim(Chart chart) => chart.Pod["spec"].List("volumes").Single(volume => volume.Text("name") == "storage")["persistentVolumeClaim"].Text("claimName");
}
