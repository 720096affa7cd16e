using System.Text.Json;
using System.Text.Json.Nodes;

namespace MtlsProbe.Tests.Web;

/// <summary>
/// Every value in a description, each with a place: the name of its schema and the path from there (<c>Summary.build.version</c>,
/// <c>Target.must_reject[]</c>); and which of them occurred in responses.
/// </summary>
internal sealed class DescribedValues
{
    private readonly ApiDescription _api;
    private readonly Dictionary<string, JsonObject> _all = [];
    private readonly HashSet<string> _seen = [];

    public DescribedValues(ApiDescription api)
    {
        _api = api;
        foreach (var operation in api.Operations)
        {
            foreach (var status in operation.Responses.Keys)
            {
                foreach (var (_, body) in operation.Bodies(status)) Describe(body, operation.Path);
            }
        }
    }

    /// <summary>By place, without references at the top level.</summary>
    public IReadOnlyDictionary<string, JsonObject> All => _all;

    /// <summary>Values that occurred in no response, or only as null.</summary>
    public IEnumerable<string> Unseen => _all.Keys.Except(_seen).Order(StringComparer.Ordinal);

    /// <summary>Records the values in a response.</summary>
    public void See(JsonNode schema, string place, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return;
        _seen.Add(place);
        foreach (var (node, at) in Alternatives(schema, place))
        {
            _seen.Add(at);
            foreach (var (child, name, key) in Children(node))
            {
                if (key == "[]" && value.ValueKind == JsonValueKind.Array) foreach (var item in value.EnumerateArray()) See(child, at + key, item);
                else if (key == ".*" && value.ValueKind == JsonValueKind.Object) foreach (var item in value.EnumerateObject()) See(child, at + key, item.Value);
                else if (name is not null && value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member)) See(child, at + key, member);
            }
        }
    }

    private void Describe(JsonNode schema, string place)
    {
        foreach (var (node, at) in Alternatives(schema, place))
        {
            _all[place] = node;
            if (at != place && !_all.TryAdd(at, node)) continue;
            foreach (var (child, _, key) in Children(node)) Describe(child, at + key);
        }
    }

    /// <summary>What a value can be, other than null.</summary>
    private IEnumerable<(JsonObject Node, string Place)> Alternatives(JsonNode schema, string place)
    {
        var (node, name) = _api.Resolve(schema);
        place = name ?? place;
        if (node["oneOf"] is not JsonArray choices) return [(node, place)];
        return choices.SelectMany(choice => Alternatives(choice!, place)).Where(choice => choice.Node["type"]?.ToJsonString() != "\"null\"");
    }

    private static IEnumerable<(JsonNode Child, string? Name, string Key)> Children(JsonObject node)
    {
        foreach (var (name, child) in node["properties"]?.AsObject() ?? []) yield return (child!, name, $".{name}");
        if (node["items"] is { } items) yield return (items, null, "[]");
        if (node["additionalProperties"] is JsonObject others) yield return (others, null, ".*");
    }
}
