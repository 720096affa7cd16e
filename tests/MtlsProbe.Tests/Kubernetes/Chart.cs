using System.Collections.Concurrent;
using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>The chart as helm renders it with certain values: release <c>mtlsprobe</c> in namespace <c>monitoring</c>.</summary>
/// <param name="Text">All objects as YAML.</param>
internal sealed record Chart(string Text)
{
    private static readonly ConcurrentDictionary<string, Task<Chart>> s_rendered = new();

    /// <summary>The directory of the chart.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "charts", "mtlsprobe");

    /// <summary>The tested values: its own (<c>default</c>), and those in its directory <c>ci</c>.</summary>
    public static IReadOnlyList<string> Cases { get; } =
        ["default", .. Directory.GetFiles(Path.Combine(Folder, "ci"), "*-values.yaml").Select(file => Path.GetFileName(file).Split('-')[0]).Order(StringComparer.Ordinal)];

    /// <summary>All objects.</summary>
    public IReadOnlyList<YamlMappingNode> Objects { get; } = [.. Yaml.Documents(Text).OfType<YamlMappingNode>()];

    /// <summary>The Deployment or StatefulSet.</summary>
    public YamlNode Workload => Objects.Single(item => item.Text("kind") is "Deployment" or "StatefulSet");

    /// <summary>The template of its pods.</summary>
    public YamlNode Pod => Workload["spec"]["template"];

    /// <summary>The container of its pods.</summary>
    public YamlMappingNode Container => Assert.Single(Pod["spec"].List("containers"));

    /// <summary>Renders one of <see cref="Cases"/>; each only once.</summary>
    public static Task<Chart> Of(string name) => s_rendered.GetOrAdd(name, _ => With(Values(name)));

    /// <summary>Renders it with arguments of helm.</summary>
    public static async Task<Chart> With(params string[] arguments)
    {
        var (exitCode, output, error) = await Template(Folder, arguments);
        Assert.True(exitCode == 0, error);
        return new Chart(output);
    }

    /// <summary>The message of helm when it refuses the arguments.</summary>
    public static async Task<string> Refusal(params string[] arguments)
    {
        var (exitCode, _, error) = await Template(Folder, arguments);
        Assert.Equal(1, exitCode);
        return error;
    }

    /// <summary>The arguments for one of <see cref="Cases"/>.</summary>
    public static string[] Values(string name) => name == "default" ? [] : ["--values", Path.Combine(Folder, "ci", $"{name}-values.yaml")];

    /// <summary>Renders a directory or a package of the chart.</summary>
    public static Task<(int ExitCode, string Output, string Error)> Template(string chart, params string[] arguments) =>
        Helm(["template", "mtlsprobe", chart, "--namespace", "monitoring", .. arguments]);

    public static Task<(int ExitCode, string Output, string Error)> Helm(params string[] arguments) =>
        Tool.RunIn(Repository.Root, "", NpmTools.Helm, arguments);

    /// <summary>The objects of a kind.</summary>
    public IReadOnlyList<YamlMappingNode> All(string kind) => [.. Objects.Where(item => item.Text("kind") == kind)];

    /// <summary>The only object of a kind.</summary>
    public YamlMappingNode One(string kind) => Assert.Single(All(kind));
}
