using System.Text;
using MtlsProbe.Discovery;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Discovery;

/// <summary>The format of Prometheus' file_sd and http_sd.</summary>
public sealed class TargetGroupsTests
{
    [Theory]
    [InlineData("a.json", """
        [
          { "targets": ["a.test:443", "b.test:443"],
            "labels": { "team": "money", "__meta_datacenter": "x", "__scheme__": "https", "__mtlsprobe_identity": "checkout" } },
          { "labels": null, "targets": [] },
          {},
          { "targets": ["[::1]:443"] }
        ]
        """, 2, 6)]
    [InlineData("a.yml", """

        - targets: [a.test:443, 'b.test:443']
          labels:
            {team: money, __meta_datacenter: x, __scheme__: https, __mtlsprobe_identity: checkout}
        - targets: []
        - { labels: { team: 5 } }
        - targets: ['[::1]:443']
        """, 2, 7)]
    public void Groups_are_addresses_with_common_labels(string source, string text, int line, int last)
    {
        var targets = Good(text, source);

        Assert.Equal(["a.test:443", "b.test:443", "[::1]:443"], targets.Select(target => target.Address));
        Assert.Equal([new("team", "money"), new Label("__mtlsprobe_identity", "checkout")], targets[0].Labels);
        Assert.Equal(targets[0].Labels, targets[1].Labels);
        Assert.Empty(targets[2].Labels);
        Assert.Equal((source, line), (targets[0].At.Source, targets[0].At.Line));
        Assert.Equal(text.Split('\n')[line - 1].IndexOf(source == "a.json" ? "\"a.test" : "a.test", StringComparison.Ordinal) + 1, targets[0].At.Column);
        Assert.Equal(2, targets[0].LabelsAt.Count);
        Assert.Equal(last, targets[2].At.Line);
    }

    [Theory]
    [InlineData("a.json", "", "a.json:1:1: this is not valid JSON")]
    [InlineData("a.json", "{}", "a.json:1:1: this has to be a list of groups")]
    [InlineData("a.json", "[\n  5]", "a.json:2:3: a group has to be an object with targets and labels")]
    [InlineData("a.json", "[{ \"targets\": \"a\" }]", "a.json:1:15: targets has to be a list")]
    [InlineData("a.json", "[{ \"targets\": [5] }]", "a.json:1:16: a target has to be a string, \"HOST:PORT\"")]
    [InlineData("a.json", "[{ \"labels\": { \"a\": 5 } }]", "a.json:1:21: the label \"a\" has to be a string")]
    [InlineData("a.json", "[{ \"target\": [] }]", "a.json:1:14: unknown key \"target\"; a group has targets and labels")]
    [InlineData("a.json", "[] []", "a.json:1:4: this is not valid JSON")]
    [InlineData("a.json", "[{ \"targets\": [\"\\ud800\"] }]", "a.json:1:16: this string is not valid Unicode")]
    [InlineData("a.yml", "", "a.yml:1:1: the file is empty; write [] for a list without targets")]
    [InlineData("a.yml", "targets: []", "a.yml:1:1: this has to be a list of groups, not a mapping of keys to values")]
    [InlineData("a.yml", "- a.test:443", "a.yml:1:3: [0]: has to be a mapping of keys to values, not a single value")]
    [InlineData("a.yml", "- target: []", "a.yml:1:3: [0].target: unknown key")]
    [InlineData("a.yml", "- targets: [[a]]", "a.yml:1:13: [0].targets: a target has to be a single value, HOST:PORT, not a list")]
    [InlineData("a.yml", "- labels: { a: [b] }", "a.yml:1:16: [0].labels.a: has to be a single value, not a list")]
    [InlineData("a.yml", "- {", "a.yml:2:1: this is not valid YAML: while parsing a node, did not find expected node content")]
    public void Anything_else_is_refused_as_a_whole(string source, string text, string expected)
    {
        var (targets, problem) = TargetGroups.Read(Encoding.UTF8.GetBytes(text), source);

        Assert.Empty(targets);
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("a.json")]
    [InlineData("a.yml")]
    public void Sizes_are_bounded(string source)
    {
        var addresses = string.Join(",", Enumerable.Repeat("\"a:1\"", TargetGroups.MostTargets + 1));
        Assert.Contains("more than 100,000 targets", TargetGroups.Read(Encoding.UTF8.GetBytes($"[{{\"targets\": [{addresses}]}}]"), source).Problem, StringComparison.Ordinal);
        var labels = string.Join(",", Enumerable.Range(0, TargetGroups.MostLabels + 1).Select(i => $"\"l{i}\": \"v\""));
        Assert.Contains("more than 256 labels", TargetGroups.Read(Encoding.UTF8.GetBytes($"[{{\"labels\": {{{labels}}}}}]"), source).Problem, StringComparison.Ordinal);
        Assert.NotNull(TargetGroups.Read(Encoding.UTF8.GetBytes(new string('[', 100_000)), source).Problem);
    }

    private static ValueList<DiscoveredTarget> Good(string text, string source)
    {
        var (targets, problem) = TargetGroups.Read(Encoding.UTF8.GetBytes(text), source);
        Assert.Null(problem);
        return targets;
    }
}
