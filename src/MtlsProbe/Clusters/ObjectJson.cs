using System.Text.Json;

namespace MtlsProbe.Clusters;

/// <summary>Reads lists of objects and the events of a watch as the API of Kubernetes defines them (<c>List</c>, <c>WatchEvent</c>, <c>Status</c>).</summary>
internal static class ObjectJson
{
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = MaxDepth };

    /// <exception cref="JsonException">It is not a list.</exception>
    /// <exception cref="InvalidOperationException">A value has another type.</exception>
    public static ObjectPage<T> Page<T>(ReadOnlyMemory<byte> json, Func<JsonElement, T> read)
    {
        using var document = JsonDocument.Parse(json, s_options);
        var (root, metadata) = (document.RootElement, document.RootElement.At("metadata"));
        if (!root.TryGetProperty("items", out var items)) throw new JsonException();
        var objects = items.ValueKind == JsonValueKind.Null ? [] : items.EnumerateArray().Select(item => (NameOf(item), read(item))).ToList();
        return new ObjectPage<T>(objects, metadata?.Text("resourceVersion") ?? "", metadata?.Text("continue") is { Length: > 0 } next ? next : null);
    }

    /// <param name="read">Called for objects that were added or modified.</param>
    /// <exception cref="JsonException">It is not an event.</exception>
    /// <exception cref="InvalidOperationException">A value has another type.</exception>
    public static ObjectEvent<T> Event<T>(ReadOnlyMemory<byte> json, Func<JsonElement, T> read)
        where T : class
    {
        using var document = JsonDocument.Parse(json, s_options);
        var (kind, one) = (document.RootElement.Text("type") ?? "", document.RootElement.At("object") ?? throw new JsonException());
        if (kind is not ("ADDED" or "MODIFIED" or "DELETED" or "BOOKMARK")) return new ObjectEvent<T>(kind, default, null, "");
        var version = one.At("metadata")?.Text("resourceVersion") ?? "";
        return kind == "BOOKMARK" ? new ObjectEvent<T>(kind, default, null, version) : new ObjectEvent<T>(kind, NameOf(one), kind == "DELETED" ? null : read(one), version);
    }

    /// <summary>A property; null if it is absent or null.</summary>
    public static JsonElement? At(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A property that is a string; otherwise null.</summary>
    public static string? Text(this JsonElement element, string name) => element.At(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>The items of a list; none if it is absent.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.At(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    private static ObjectName NameOf(JsonElement item) =>
        item.At("metadata") is { } metadata && metadata.Text("name") is { } name ? new ObjectName(metadata.Text("namespace") ?? "", name) : throw new JsonException();
}
