using System.Text.RegularExpressions;
using MtlsProbe.Config;
using MtlsProbe.Demo;
using MtlsProbe.Handshake;
using MtlsProbe.Metrics;

namespace MtlsProbe.Tests.Demo;

/// <summary>Compares docs/rotation.md, examples/rotation.yml and the demo's announcements with the program.</summary>
public sealed partial class RotationGuideTests
{
    private static readonly string s_guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "rotation.md"));
    private static readonly string s_example = File.ReadAllText(Path.Combine(Repository.Root, "examples", "rotation.yml"));

    [Fact]
    public void The_example_is_good_and_shows_every_key_of_a_rotation()
    {
        var (configuration, errors) = ConfigurationFile.Parse(s_example, "rotation.yml", BuiltInProtocols.All);

        Assert.Empty(errors);
        Assert.All(configuration!.Targets, target => Assert.Contains("none", target.MustReject));
        foreach (var key in (string[])["next", "must_reject", "addresses", "server_certificate", "issuer", "directory"]) Assert.Contains($"{key}:", s_example, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configurations_of_the_guide_are_good()
    {
        var snippets = Yaml().Matches(s_guide).Select(match => match.Groups["text"].Value).ToList();

        Assert.Equal(4, snippets.Count);
        Assert.All(snippets, snippet =>
        {
            var identities = snippet.StartsWith("targets:", StringComparison.Ordinal) ? "identities: { mesh: { current: { directory: mesh } } }\n" : "";
            var targets = snippet.Contains("targets:", StringComparison.Ordinal) ? "" : "targets: [{ name: a, address: 'a:1', identity: checkout }]\n";
            Assert.Empty(ConfigurationFile.Parse(identities + snippet + targets, "rotation.yml", BuiltInProtocols.All).Errors);
        });
    }

    [Fact]
    public void Every_metric_of_the_guide_and_of_the_demo_exists()
    {
        var known = Catalog.All.Select(family => family.Name).ToHashSet();
        var said = DemoRotation.Steps.Select(step => step.Announcement).Append(s_guide).SelectMany(text => Metric().Matches(text)).Select(match => match.Value).Distinct().ToList();

        Assert.True(said.Count > 10);
        Assert.All(said, name => Assert.Contains(name, known));
    }

    [GeneratedRegex("```yaml\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex(@"\bmtlsprobe_\w+")]
    private static partial Regex Metric();
}
