using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace MtlsProbe.Tests.Web;

/// <summary>docs/openapi.yaml, as an OpenAPI tool reads it.</summary>
internal sealed class ApiDescription
{
    private const string SchemaPointer = "#/components/schemas/";

    private readonly JsonObject _root;
    private readonly BuildOptions _options = new() { SchemaRegistry = new SchemaRegistry() };
    private readonly Dictionary<string, JsonSchema> _validators = [];

    private ApiDescription(JsonObject root)
    {
        _root = root;
        Operations = [.. root["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation =>
            new ApiOperation(this, operation.Key.ToUpperInvariant(), path.Key, operation.Value!.AsObject())))];
    }

    public static string ShippedText { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.yaml"));

    public static ApiDescription Shipped { get; } = Parse(ShippedText);

    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>The schemas that have a name.</summary>
    public JsonObject Schemas => _root["components"]!["schemas"]!.AsObject();

    public static ApiDescription Parse(string yaml)
    {
        var settings = new OpenApiReaderSettings();
        settings.AddYamlReader();
        var (document, diagnostic) = OpenApiDocument.Parse(yaml, "yaml", settings);
        Assert.Empty(diagnostic!.Errors);
        Assert.Empty(diagnostic.Warnings);
        using var text = new StringWriter();
        document!.SerializeAsV31(new OpenApiJsonWriter(text));
        return new ApiDescription(JsonNode.Parse(text.ToString())!.AsObject());
    }

    public ApiOperation Operation(string method, string path) => Operations.Single(operation => (operation.Method, operation.Path) == (method, path));

    /// <summary>The target of a reference, and the last part of its name; the node itself and null if it is not a reference.</summary>
    public (JsonObject Node, string? Name) Resolve(JsonNode node)
    {
        string? name = null;
        while (node["$ref"]?.GetValue<string>() is { } pointer)
        {
            var parts = pointer.Split('/')[1..];
            node = parts.Aggregate((JsonNode)_root, (at, part) => at[part] ?? throw new KeyNotFoundException(pointer));
            name = parts[^1];
        }

        return (node.AsObject(), name);
    }

    /// <summary>Where a value violates a schema; empty if it does not.</summary>
    public IReadOnlyList<string> Mistakes(JsonNode schema, JsonElement value)
    {
        var key = schema.ToJsonString();
        if (!_validators.TryGetValue(key, out var validator)) _validators[key] = validator = Validator(key);
        var result = validator.Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] : [.. (result.Details ?? []).Append(result)
            .Where(detail => !detail.IsValid)
            .SelectMany(detail => (detail.Errors ?? []).Select(error => $"{detail.InstanceLocation}: {error.Value}"))
            .DefaultIfEmpty("not valid")];
    }

    private JsonSchema Validator(string schema)
    {
        var text = $$"""{ "$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {{Schemas.ToJsonString()}}, "allOf": [{{schema}}] }""";
        return JsonSchema.FromText(text.Replace(SchemaPointer, "#/$defs/", StringComparison.Ordinal), _options);
    }
}

/// <summary>A path and a method.</summary>
internal sealed record ApiOperation(ApiDescription Api, string Method, string Path, JsonObject Node)
{
    public IReadOnlyList<ApiParameter> Parameters { get; } = [.. (Node["parameters"]?.AsArray() ?? []).Select(parameter => ApiParameter.Of(Api, parameter!))];

    /// <summary>By status.</summary>
    public IReadOnlyDictionary<int, JsonObject> Responses { get; } = Node["responses"]!.AsObject().ToDictionary(
        response => int.Parse(response.Key, System.Globalization.CultureInfo.InvariantCulture), response => Api.Resolve(response.Value!).Node);

    /// <summary>The schemas of the bodies of a status, by media type; empty if there is no body.</summary>
    public IReadOnlyDictionary<string, JsonNode> Bodies(int status) =>
        (Responses[status]["content"]?.AsObject() ?? []).ToDictionary(content => content.Key, content => content.Value!["schema"]!);

    public IEnumerable<string> Headers(int status) => (Responses[status]["headers"]?.AsObject() ?? []).Select(header => header.Key);
}

/// <param name="Schema">Without references at its top level.</param>
internal sealed record ApiParameter(string Name, string In, JsonObject Schema)
{
    public static ApiParameter Of(ApiDescription api, JsonNode node)
    {
        var parameter = api.Resolve(node).Node;
        return new(parameter["name"]!.GetValue<string>(), parameter["in"]!.GetValue<string>(), api.Resolve(parameter["schema"]!).Node);
    }
}
