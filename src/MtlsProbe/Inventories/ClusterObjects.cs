using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Certificates;

namespace MtlsProbe.Inventories;

/// <summary>
/// A page of secrets or ConfigMaps in the format of the Kubernetes API. Of a secret, only the two entries with certificates are decoded: its key is
/// skipped.
/// </summary>
/// <param name="Entries">Those with certificates.</param>
/// <param name="Next">The continuation of the list; null at its end.</param>
internal sealed record ClusterObjects(IReadOnlyList<ClusterEntry> Entries, string? Next)
{
    /// <summary>Entries of a secret of type kubernetes.io/tls with certificates.</summary>
    private static readonly string[] s_ofSecrets = ["tls.crt", "ca.crt"];

    private const int MaxDepth = 32;

    /// <param name="json">The response.</param>
    /// <param name="isSecrets">Whether values are base64 and only some of them are read.</param>
    /// <exception cref="JsonException">It is not such a list.</exception>
    public static ClusterObjects Read(ReadOnlySpan<byte> json, bool isSecrets)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        List<ClusterEntry> entries = [];
        string? next = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (JsonWalk.NextProperty(ref reader, out var name))
        {
            if (name == "metadata") next = Metadata(ref reader).Next;
            else if (name == "items" && reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) Item(ref reader, isSecrets, entries);
            }
            else reader.Skip();
        }

        return new(entries, next is { Length: > 0 } ? next : null);
    }

    private static void Item(ref Utf8JsonReader reader, bool isSecrets, List<ClusterEntry> entries)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var (@namespace, name) = ("", "");
        List<(string Key, StoredContent Content)> found = [];
        while (JsonWalk.NextProperty(ref reader, out var property))
        {
            if (property == "metadata") (@namespace, name, _) = Metadata(ref reader);
            else if (property == "data" && reader.TokenType == JsonTokenType.StartObject) found = Data(ref reader, isSecrets);
            else reader.Skip();
        }

        entries.AddRange(found.Select(entry => new ClusterEntry(@namespace, name, entry.Key, entry.Content)));
    }

    private static List<(string, StoredContent)> Data(ref Utf8JsonReader reader, bool isSecrets)
    {
        List<(string, StoredContent)> found = [];
        while (JsonWalk.NextProperty(ref reader, out var key))
        {
            if (reader.TokenType != JsonTokenType.String || (isSecrets && !s_ofSecrets.Contains(key))) reader.Skip();
            else if (Content(ref reader, isSecrets) is { } content) found.Add((key, content));
        }

        return found;
    }

    /// <summary>Null if it has no certificates.</summary>
    private static StoredContent? Content(ref Utf8JsonReader reader, bool isSecrets)
    {
        if (isSecrets) return reader.TryGetBytesFromBase64(out var decoded) && decoded.Length > 0 ? PemCertificates.Read(decoded) : null;
        if (reader.ValueSpan.IndexOf("-----BEGIN "u8) < 0) return null;
        var text = new byte[reader.ValueSpan.Length];
        var read = PemCertificates.Read(text.AsSpan(0, reader.CopyString(text)));
        return read.Certificates.Count + read.LeftOut > 0 ? read : null;
    }

    private static (string Namespace, string Name, string? Next) Metadata(ref Utf8JsonReader reader)
    {
        var (@namespace, name, next) = ("", "", (string?)null);
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (JsonWalk.NextProperty(ref reader, out var property))
        {
            if (reader.TokenType != JsonTokenType.String) reader.Skip();
            else if (property == "namespace") @namespace = reader.GetString()!;
            else if (property == "name") name = reader.GetString()!;
            else if (property == "continue") next = reader.GetString();
        }

        return (@namespace, name, next);
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type) throw new JsonException();
    }
}

/// <summary>An entry of a secret or ConfigMap.</summary>
internal sealed record ClusterEntry(string Namespace, string Name, string Key, StoredContent Content);
