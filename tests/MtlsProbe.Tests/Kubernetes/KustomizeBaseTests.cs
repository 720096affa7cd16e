using MtlsProbe.Tests.Alerts;
using MtlsProbe.Tests.Credentials;
using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>The objects in <c>examples/kubernetes</c> come from the chart and match the program, the image and each other. No cluster is used.</summary>
public sealed class KustomizeBaseTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "examples", "kubernetes");

    private static readonly string[] s_users = ["runAsUser", "runAsGroup", "fsGroup"];

    private static readonly string[] s_written = ["mtlsprobe.yaml", "servicemonitor.yaml", "shards/mtlsprobe.yaml", "shards/servicemonitor.yaml"];

    public static TheoryData<string> Folders => ["", "shards"];

    [NpmToolsFact]
    public async Task Its_files_are_the_current_output_of_the_script_for_the_chart()
    {
        using var files = new TempFiles();
        var path = $"{Path.GetDirectoryName(NpmTools.Helm)}:{Environment.GetEnvironmentVariable("PATH")}";
        var (exitCode, _, error) = await Tool.RunIn(files.Directory, "", Path.Combine(s_folder, "render"), [files.Directory], ("PATH", path));

        Assert.True(exitCode == 0, error);
        Assert.All(s_written, file => Assert.Equal(File.ReadAllText(Path.Combine(s_folder, file)), File.ReadAllText(files.Path(file))));
        Assert.Equal(s_written.Length, Directory.GetFiles(files.Directory, "*", SearchOption.AllDirectories).Length);
    }

    [NpmToolsTheory]
    [MemberData(nameof(Folders))]
    public async Task Kustomize_makes_one_set_of_all_files_and_of_the_dashboards(string folder)
    {
        var built = Yaml.Documents(await NpmTools.Kustomize(Path.Combine(s_folder, folder)));
        var files = Directory.GetFiles(Path.Combine(s_folder, folder), "*.yaml").Where(file => Path.GetFileName(file) is not ("kustomization.yaml" or "values.yaml")).SelectMany(ShippedRules.Documents);
        var dashboards = Yaml.Documents(await NpmTools.Kustomize("grafana"));

        Assert.Equal(files.Concat(dashboards).Select(Name).Order(), built.Select(Name).Order());
    }

    [NpmToolsFact]
    public async Task Every_object_matches_its_API() =>
        Assert.Equal("", await NpmTools.FaultsOf(string.Join("\n---\n", Directory.GetFiles(s_folder, "*.yaml", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("kustomization.yaml" or "values.yaml")).Select(File.ReadAllText))));

    [Fact]
    public void The_container_runs_as_the_user_of_the_image()
    {
        var user = File.ReadLines(Path.Combine(Repository.Root, "Dockerfile")).Single(line => line.StartsWith("USER ", StringComparison.Ordinal))[5..].Split(':')[0];
        var security = Objects("mtlsprobe.yaml").Single(item => item.Text("kind") == "Deployment")["spec"]["template"]["spec"]["securityContext"];

        Assert.All(s_users, key => Assert.Equal(user, security.Text(key)));
    }

    [Fact]
    public void The_roles_for_identities_allow_to_get_and_watch_objects_by_their_names_and_nothing_else()
    {
        var role = Objects("identities/rbac.yaml").Single(document => document.Text("kind") == "Role");

        Assert.All(role.List("rules"), rule =>
        {
            Assert.Equal(["get", "watch"], rule.Texts("verbs"));
            Assert.NotEmpty(rule.Texts("resourceNames"));
        });
    }

    [Fact]
    public void Cert_manager_and_trust_manager_write_what_the_pod_mounts()
    {
        var values = Objects("values.yaml").Single();
        var bundle = Objects("cert-manager/bundle.yaml").Single();
        var trusted = values["trust"]["internal"];

        Assert.Equal(
            values.Map("identities").Values.Order(),
            Objects("cert-manager/certificates.yaml").Select(certificate => certificate["spec"].Text("secretName")).Order());
        Assert.Equal(trusted.Text("configMap"), bundle["metadata"].Text("name"));
        Assert.Equal(trusted.Has("key") ? trusted.Text("key") : "ca.crt", bundle["spec"]["target"]["configMap"].Text("key"));
    }

    [Fact]
    public void Both_ways_to_scrape_shards_give_each_the_name_of_its_pod()
    {
        var service = Objects("shards/mtlsprobe.yaml").Single(item => item.Text("kind") == "Service")["metadata"].Text("name");
        var endpoint = Assert.Single(Objects("shards/servicemonitor.yaml").Single()["spec"].List("endpoints"));
        var job = Assert.Single(Objects("shards/prometheus.yml").Single().List("scrape_configs"));
        var named = endpoint.List("relabelings").Single(rule => rule.Has("sourceLabels"));
        var plain = job.List("relabel_configs").Single(rule => rule.Has("target_label"));

        Assert.Equal(["__meta_kubernetes_pod_name", "__meta_kubernetes_service_name", "__meta_kubernetes_namespace"], named.Texts("sourceLabels"));
        Assert.Equal((".", "instance", "$1.svc:10219"), (named.Text("separator"), named.Text("targetLabel"), named.Text("replacement")));
        Assert.Equal(named.Texts("sourceLabels"), plain.Texts("source_labels"));
        Assert.Equal((".", "instance", "$1.svc:10219"), (plain.Text("separator"), plain.Text("target_label"), plain.Text("replacement")));
        Assert.Equal($"{service};http", job.List("relabel_configs").Single(rule => rule.Has("action")).Text("regex"));
        Assert.Equal(("mtlsprobe", "mtlsprobe"), (endpoint.List("relabelings").Single(rule => rule.Has("targetLabel") && rule.Text("targetLabel") == "job").Text("replacement"), job.Text("job_name")));
        Assert.Equal(("true", "true"), (endpoint.Text("honorLabels"), job.Text("honor_labels")));
    }

    /// <summary>Debian's Prometheus does not support discovery in a cluster, so the pods are listed.</summary>
    [NeedsFact("promtool")]
    public async Task Promtool_accepts_the_configuration_of_Prometheus()
    {
        using var files = new TempFiles();
        var text = await File.ReadAllTextAsync(Path.Combine(s_folder, "shards", "prometheus.yml"));
        var listed = text
            .Replace("kubernetes_sd_configs:\n      - role: endpointslice\n        namespaces: { names: [monitoring] }\n", "static_configs: [{ targets: [127.0.0.1:10219] }]\n", StringComparison.Ordinal)
            .Replace("/etc/prometheus/mtlsprobe", ShippedRules.Folder, StringComparison.Ordinal);
        var (exitCode, said) = await Tool.Run("", "promtool", "check", "config", files.Write("prometheus.yml", listed));

        Assert.True(exitCode == 0, said);
        Assert.Matches("SUCCESS: [0-9]+ rules found", said);
    }

    private static IReadOnlyList<YamlNode> Objects(string file) => ShippedRules.Documents(Path.Combine(s_folder, file));

    private static string Name(YamlNode item) => $"{item.Text("kind")} {item["metadata"].Text("name")}";
}
