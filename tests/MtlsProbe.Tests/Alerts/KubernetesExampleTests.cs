using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using YamlDotNet.RepresentationModel;
using YamlNode = YamlDotNet.RepresentationModel.YamlNode;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The objects in <c>examples/kubernetes</c> fit the program, the image and each other. No cluster is asked.</summary>
public sealed class KubernetesExampleTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "examples", "kubernetes");

    private static readonly string[] s_users = ["runAsUser", "runAsGroup", "fsGroup"];

    private static readonly ILookup<string, YamlNode> s_objects = Directory.GetFiles(s_folder, "*.yaml")
        .SelectMany(ShippedRules.Documents).ToLookup(document => document["kind"].ToString());

    private static YamlNode Pod => s_objects["Deployment"].Single()["spec"]["template"];

    private static YamlNode Container => Assert.Single((YamlSequenceNode)Pod["spec"]["containers"]);

    [Fact]
    public void The_configuration_in_the_ConfigMap_is_one_that_the_program_takes()
    {
        var read = ConfigurationFile.Parse(Configuration(), "mtlsprobe.yml", BuiltInProtocols.All);

        Assert.Empty(read.Errors);
        Assert.NotEmpty(read.Configuration!.Targets);
    }

    [Fact]
    public void The_role_for_identities_allows_to_get_and_watch_objects_by_their_names_and_nothing_else()
    {
        var role = ShippedRules.Documents(Path.Combine(s_folder, "identities", "rbac.yaml")).Single(document => document["kind"].ToString() == "Role");

        Assert.All((YamlSequenceNode)role["rules"], rule =>
        {
            Assert.Equal(["get", "watch"], ((YamlSequenceNode)rule["verbs"]).Select(verb => verb.ToString()));
            Assert.NotEmpty((YamlSequenceNode)rule["resourceNames"]);
        });
    }

    [Fact]
    public void The_role_for_discovery_allows_to_list_and_watch_and_nothing_else()
    {
        var role = ShippedRules.Documents(Path.Combine(s_folder, "discovery", "rbac.yaml")).Single(document => document["kind"].ToString() == "ClusterRole");

        Assert.All((YamlSequenceNode)role["rules"], rule => Assert.Equal(["list", "watch"], ((YamlSequenceNode)rule["verbs"]).Select(verb => verb.ToString())));
        Assert.DoesNotContain("secrets", ((YamlSequenceNode)role["rules"]).SelectMany(rule => (YamlSequenceNode)rule["resources"]).Select(resource => resource.ToString()));
    }

    [Fact]
    public void Every_file_that_it_names_is_in_a_mounted_directory()
    {
        var mounts = ((YamlSequenceNode)Container["volumeMounts"]).Cast<YamlMappingNode>().ToList();
        var volumes = ((YamlSequenceNode)Pod["spec"]["volumes"]).Select(volume => volume["name"].ToString());
        var configuration = ConfigurationFile.Parse(Configuration(), "mtlsprobe.yml", BuiltInProtocols.All).Configuration!;
        var directories = configuration.Identities.SelectMany(identity => new[] { identity.Current, identity.Next }).OfType<SecretDirectory>().Select(source => source.Path)
            .Concat(configuration.Trusts.SelectMany(trust => trust.Files).Select(file => Path.GetDirectoryName(file)!));

        Assert.Equal(volumes.Order(), mounts.Select(mount => mount["name"].ToString()).Order());
        Assert.All(mounts, mount => Assert.False(mount.Children.ContainsKey("subPath"), "a file mounted by subPath is never updated"));
        Assert.All(directories, directory => Assert.Contains(mounts, mount => mount["mountPath"].ToString() == directory));
    }

    [Fact]
    public void The_container_runs_as_the_user_of_the_image_and_may_write_nowhere()
    {
        var user = File.ReadLines(Path.Combine(Repository.Root, "Dockerfile")).Single(line => line.StartsWith("USER ", StringComparison.Ordinal))[5..].Split(':')[0];
        var security = Pod["spec"]["securityContext"];

        Assert.All(s_users, key => Assert.Equal(user, security[key].ToString()));
        Assert.Equal("true", security["runAsNonRoot"].ToString());
        Assert.Equal("true", Container["securityContext"]["readOnlyRootFilesystem"].ToString());
        Assert.Equal("false", Container["securityContext"]["allowPrivilegeEscalation"].ToString());
        Assert.Equal(["ALL"], ((YamlSequenceNode)Container["securityContext"]["capabilities"]["drop"]).Select(name => name.ToString()));
    }

    [Fact]
    public void It_is_asked_at_paths_and_a_port_that_the_program_serves()
    {
        Assert.Equal("/-/healthy", Container["livenessProbe"]["httpGet"]["path"].ToString());
        Assert.Equal("/-/ready", Container["readinessProbe"]["httpGet"]["path"].ToString());
        Assert.Equal("10219", Assert.Single((YamlSequenceNode)Container["ports"])["containerPort"].ToString());
    }

    [Fact]
    public void Service_monitor_and_policy_select_what_is_there_and_name_its_job()
    {
        var service = s_objects["Service"].Single();
        var monitor = s_objects["ServiceMonitor"].Single()["spec"];
        var port = Assert.Single((YamlSequenceNode)service["spec"]["ports"]);
        var endpoint = Assert.Single((YamlSequenceNode)monitor["endpoints"]);

        Assert.Equal(Pod["metadata"]["labels"], service["spec"]["selector"]);
        Assert.Equal(Pod["metadata"]["labels"], s_objects["NetworkPolicy"].Single()["spec"]["podSelector"]["matchLabels"]);
        Assert.Equal(service["metadata"]["labels"], monitor["selector"]["matchLabels"]);
        Assert.Equal(Assert.Single((YamlSequenceNode)Container["ports"])["name"], port["targetPort"]);
        Assert.Equal(port["name"], endpoint["port"]);
        Assert.Equal("mtlsprobe", service["metadata"]["labels"][monitor["jobLabel"].ToString()].ToString());
    }

    [Fact]
    public void Kustomize_applies_every_file()
    {
        var listed = (YamlSequenceNode)s_objects["Kustomization"].Single()["resources"];

        Assert.Equal(Directory.GetFiles(s_folder).Select(Path.GetFileName).Except(["kustomization.yaml"]).Order(), listed.Select(file => file.ToString()).Order());
    }

    private static string Configuration() => s_objects["ConfigMap"].Single()["data"]["mtlsprobe.yml"].ToString();
}
