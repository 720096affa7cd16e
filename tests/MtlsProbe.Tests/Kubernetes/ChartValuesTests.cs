using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>The values of the chart, their schema and their table in the documentation are one list.</summary>
public sealed partial class ChartValuesTests
{
    private const string Unlisted = "global"; // helm's own

    private static readonly JsonObject s_schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Chart.Folder, "values.schema.json")))!.AsObject();

    private static readonly string s_values = File.ReadAllText(Path.Combine(Chart.Folder, "values.yaml"));

    private static IReadOnlyList<(string Path, string Description)> Described { get; } = [.. Leaves("", s_schema)];

    [Fact]
    public void Every_key_of_the_schema_has_a_default_and_the_same_description_in_the_values()
    {
        Assert.Equal(Described.Select(leaf => leaf.Path), Commented().Select(leaf => leaf.Path));
        Assert.Equal(Described.Select(leaf => leaf.Description), Commented().Select(leaf => leaf.Description));
    }

    [Fact]
    public void Objects_of_the_schema_with_fixed_keys_allow_no_others() =>
        Assert.All(Schemas(s_schema).Where(schema => schema.ContainsKey("properties")), schema => Assert.Equal(false, (bool?)schema["additionalProperties"]));

    [Fact]
    public void The_documentation_has_them_as_a_table()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "kubernetes.md"));
        var rows = Described.Select(leaf => $"| `{leaf.Path}` | {Default(leaf.Path)} | {leaf.Description} |");

        Assert.Equal(rows, page.Split('\n').Where(line => Row().IsMatch(line)));
    }

    [NpmToolsTheory]
    [InlineData("shard=2", "at '': additional properties 'shard' not allowed")]
    [InlineData("image.repo=x", "at '/image': additional properties 'repo' not allowed")]
    [InlineData("rbac.discovery.role={pod}", "at '/rbac/discovery': additional properties 'role' not allowed")]
    [InlineData("rbac.discovery.roles={pods}", "at '/rbac/discovery/roles/0': value must be one of 'service', 'endpointslice', 'pod', 'ingress', 'gateway'")]
    [InlineData("rbac.identities.shop.secret={x}", "at '/rbac/identities/shop': additional properties 'secret' not allowed")]
    [InlineData("fullnameOverride=prober.shop", "at '/fullnameOverride': 'prober.shop' does not match pattern")]
    [InlineData("shards=0", "at '/shards': minimum: got 0, want 1")]
    [InlineData("serviceMonitor.enabled=yes", "at '/serviceMonitor/enabled': got string, want boolean")]
    [InlineData("networkPolicy.egressPorts={70000}", "at '/networkPolicy/egressPorts/0': maximum: got 70,000, want 65,535")]
    [InlineData("identities.checkout=Checkout", "at '/identities/checkout': 'Checkout' does not match pattern")]
    [InlineData("trust.internal.key=ca.crt", "at '/trust/internal': missing property 'secret'")]
    public async Task A_mistyped_value_is_refused(string value, string refusal) => Assert.Contains(refusal, await Chart.Refusal("--set", value), StringComparison.Ordinal);

    [NpmToolsFact]
    public async Task A_role_without_objects_is_refused() => Assert.Contains(
        "at '/rbac/identities/shop/secrets': minItems: got 0, want 1", await Chart.Refusal("--set-json", """rbac.identities={"shop":{"secrets":[]}}"""), StringComparison.Ordinal);

    [NpmToolsFact]
    public async Task A_chart_that_contains_this_one_can_share_its_values() => Assert.NotEmpty((await Chart.With("--set", "global.region=x")).Objects);

    /// <summary>The value in one line of YAML; a longer one is in the file.</summary>
    private static string Default(string path)
    {
        var node = path.Split('.').Aggregate(Yaml.Documents(s_values).Single(), (node, key) => node[key]);
        var text = node switch
        {
            YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar => scalar.Value!,
            YamlScalarNode scalar => $"\"{scalar.Value}\"",
            YamlSequenceNode list when list.All(item => item is YamlScalarNode) => $"[{string.Join(", ", list)}]",
            YamlMappingNode { Children.Count: 0 } => "{}",
            _ => null,
        };
        return text is null ? "see `values.yaml`" : $"`{text}`";
    }

    /// <summary>The keys without further keys of this schema below them, in its order.</summary>
    private static IEnumerable<(string Path, string Description)> Leaves(string prefix, JsonObject schema) =>
        schema["properties"]!.AsObject().Where(property => property.Key != Unlisted).SelectMany(property => property.Value!.AsObject() is var value && value.ContainsKey("description")
            ? [(prefix + property.Key, (string)value["description"]!)]
            : Leaves($"{prefix}{property.Key}.", value));

    private static IEnumerable<JsonObject> Schemas(JsonNode? node) => node switch
    {
        JsonObject schema => [schema, .. schema.SelectMany(pair => Schemas(pair.Value))],
        JsonArray list => list.SelectMany(Schemas),
        _ => [],
    };

    /// <summary>The keys of values.yaml that have a comment of one line above them.</summary>
    private static IEnumerable<(string Path, string Description)> Commented()
    {
        List<string> path = [];
        string? comment = null;
        foreach (var line in s_values.Split('\n'))
        {
            if (Key().Match(line) is { Success: true } key)
            {
                path = [.. path.Take(key.Groups["indent"].Length / 2), key.Groups["key"].Value];
                if (comment is not null) yield return (string.Join('.', path), comment);
            }

            comment = Comment().Match(line) is { Success: true } match ? match.Groups["text"].Value : null;
        }
    }

    [GeneratedRegex("^(?<indent> *)(?<key>[A-Za-z]+):")]
    private static partial Regex Key();

    [GeneratedRegex("^ *# (?<text>.+)$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\| `[a-zA-Z.]+` \| (?:`|see `values)")]
    private static partial Regex Row();
}
