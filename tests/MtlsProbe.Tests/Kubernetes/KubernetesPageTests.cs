using System.Text.RegularExpressions;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>The examples in docs/kubernetes.md work.</summary>
public sealed partial class KubernetesPageTests
{
    private static readonly IReadOnlyList<string> s_blocks =
        [.. Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "kubernetes.md"))).Select(match => match.Groups["text"].Value)];

    [NpmToolsFact]
    public async Task The_values_make_a_configuration_that_finds_its_files()
    {
        using var files = new TempFiles();
        var chart = await Chart.With("--values", files.Write("values.yaml", Named("values.yaml")));

        var configuration = Mounted.Configuration(chart)!;

        Assert.NotEmpty(configuration.Targets);
        Assert.Equal(Mounted.FilesOf(configuration).Order(), Mounted.FilesIn(chart.Pod).Order());
        Assert.Equal("", await NpmTools.FaultsOf(chart.Text));
    }

    [NpmToolsFact]
    public async Task Other_values_are_accepted_too()
    {
        var parts = s_blocks.Where(block => !block.StartsWith('#')).ToList();

        Assert.Equal(2, parts.Count);
        foreach (var part in parts)
        {
            using var files = new TempFiles();
            Assert.Equal("", await NpmTools.FaultsOf((await Chart.With("--values", files.Write("values.yaml", part))).Text));
        }
    }

    [NpmToolsFact]
    public async Task The_overlay_replaces_namespace_image_and_configuration_of_the_base()
    {
        using var files = new TempFiles();
        File.CreateSymbolicLink(files.Path("mtlsprobe"), Repository.Root);
        files.Write("mtlsprobe.yml", "targets: []\n");
        files.Write("kustomization.yaml", Named("kustomization.yaml"));

        var built = Yaml.Documents(await NpmTools.Kustomize(files.Directory));
        var deployment = built.Single(item => item.Text("kind") == "Deployment");

        Assert.All(built, item => Assert.Equal("monitoring", item["metadata"].Text("namespace")));
        Assert.Equal("registry.internal/mtlsprobe:0.1.0", deployment["spec"]["template"]["spec"].List("containers").Single().Text("image"));
        Assert.Equal("targets: []\n", built.Single(item => item.Text("kind") == "ConfigMap" && item["metadata"].Text("name") == "mtlsprobe")["data"].Text("mtlsprobe.yml"));
    }

    private static string Named(string name) => s_blocks.Single(block => block.StartsWith($"# {name}\n", StringComparison.Ordinal));

    [GeneratedRegex("```yaml\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
