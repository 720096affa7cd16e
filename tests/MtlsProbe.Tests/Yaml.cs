using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace MtlsProbe.Tests;

/// <summary>YAML documents, and short names for access to their nodes.</summary>
internal static class Yaml
{
    /// <summary>The documents of a text.</summary>
    public static IReadOnlyList<YamlNode> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    /// <summary>Whether a mapping has a key.</summary>
    public static bool Has(this YamlNode node, string key) => ((YamlMappingNode)node).Children.ContainsKey(key);

    /// <summary>The text of a key, which must exist.</summary>
    public static string Text(this YamlNode node, string key) => ((YamlScalarNode)node[key]).Value ?? "";

    /// <summary>The mappings in a list; none if there is no such list.</summary>
    public static IEnumerable<YamlMappingNode> List(this YamlNode node, string key) => node.Has(key) ? ((YamlSequenceNode)node[key]).Cast<YamlMappingNode>() : [];

    /// <summary>The texts in a list; none if there is no such list.</summary>
    public static IEnumerable<string> Texts(this YamlNode node, string key) => node.Has(key) ? ((YamlSequenceNode)node[key]).Select(item => item.ToString()) : [];

    /// <summary>A mapping of texts.</summary>
    public static IReadOnlyDictionary<string, string> Map(this YamlNode node, string key) =>
        ((YamlMappingNode)node[key]).ToDictionary(pair => pair.Key.ToString(), pair => ((YamlScalarNode)pair.Value).Value ?? "");

    /// <summary>The same as JSON, each scalar as text: the order of keys and the style of quotes do not matter there.</summary>
    public static JsonNode ToJson(this YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Select(pair => KeyValuePair.Create(pair.Key.ToString(), (JsonNode?)pair.Value.ToJson()))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToJson)]),
        _ => node.ToString(),
    };

    /// <summary>Whether a mapping has all entries of another one.</summary>
    public static bool Includes(this YamlNode node, YamlNode part) =>
        ((YamlMappingNode)part).All(pair => ((YamlMappingNode)node).Children.TryGetValue(pair.Key, out var value) && value.Equals(pair.Value));
}
