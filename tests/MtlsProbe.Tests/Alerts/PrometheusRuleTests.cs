using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The rules as a Kubernetes object: made by a script, and equal to the rule files.</summary>
public sealed class PrometheusRuleTests
{
    private static readonly string s_object = Path.Combine(Repository.Root, "examples", "kubernetes", "prometheusrule.yaml");

    [Fact]
    public async Task The_object_in_the_examples_is_what_the_script_makes_of_the_rules_today() =>
        Assert.Equal((0, await File.ReadAllTextAsync(s_object), ""), await Generate());

    [Fact]
    public void It_holds_the_groups_of_the_rule_files_and_nothing_else()
    {
        var rule = ShippedRules.Documents(s_object).Single();

        Assert.Equal("PrometheusRule", rule["kind"].ToString());
        Assert.Equal(["groups"], ((YamlMappingNode)rule["spec"]).Children.Keys.Select(key => key.ToString()));
        Assert.Equal(ShippedRules.Groups(), (YamlSequenceNode)rule["spec"]["groups"]);
        Assert.True(ShippedRules.Severities().Count > 30);
    }

    [Fact]
    public async Task Other_rule_files_can_be_named_and_one_without_groups_is_refused()
    {
        var mine = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(mine, "# mine\ngroups:\n  - name: mine\n\n    rules: []\n");
            var (code, said, _) = await Generate(mine);
            Assert.Equal(0, code);
            Assert.EndsWith("spec:\n  groups:\n    - name: mine\n\n      rules: []\n", said, StringComparison.Ordinal);

            await File.WriteAllTextAsync(mine, "rules: []\n");
            (code, _, var error) = await Generate(mine);
            Assert.Equal(1, code);
            Assert.Contains("no groups", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(mine);
        }
    }

    private static Task<(int ExitCode, string Output, string Error)> Generate(params string[] files) =>
        Tool.RunIn(Repository.Root, "", Path.Combine(ShippedRules.Folder, "prometheus-rule"), files);
}
