using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Files;
using MtlsProbe.Values;

namespace MtlsProbe.Clusters;

/// <summary>
/// Some entries of one secret or ConfigMap, or of an event of a watch (Kubernetes API: <c>Secret</c>, <c>ConfigMap</c>, <c>WatchEvent</c>,
/// <c>Status</c>). Disposal overwrites what was read.
/// </summary>
internal sealed class ClusterValues : IDisposable
{
    private const int MaxDepth = 32;

    private readonly Dictionary<string, (byte[] Buffer, int Length)> _values = new(StringComparer.Ordinal);

    private ClusterValues()
    {
    }

    /// <summary>The type of an event: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR; empty for an object itself.</summary>
    public string Event { get; private set; } = "";

    /// <summary>The version from which a watch continues; empty if it is missing.</summary>
    public string Version { get; private set; } = "";

    /// <summary>For an error: its status, such as 410; otherwise 0.</summary>
    public int Code { get; private set; }

    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>The content of an entry; empty if there is none.</summary>
    public ReadOnlySpan<byte> this[string key] => _values.TryGetValue(key, out var value) ? value.Buffer.AsSpan(0, value.Length) : [];

    /// <param name="keys">The required entries; no other is decoded.</param>
    /// <param name="isText">True for a ConfigMap, whose <c>data</c> is text; that of a secret is base64.</param>
    /// <exception cref="JsonException">It is not such an object.</exception>
    /// <exception cref="InvalidOperationException">It contains invalid text.</exception>
    public static ClusterValues Read(ReadOnlySpan<byte> json, ValueList<string> keys, bool isText)
    {
        var values = new ClusterValues();
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
            values.Take(ref reader, keys, isText, isEvent: false);
            return values;
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var (buffer, _) in _values.Values) PinnedBuffers.Return(buffer);
        _values.Clear();
    }

    /// <param name="isEvent">Whether this is the object of an event.</param>
    private void Take(ref Utf8JsonReader reader, ValueList<string> keys, bool isText, bool isEvent)
    {
        var (type, kind) = ("", "");
        while (JsonWalk.NextProperty(ref reader, out var name))
        {
            switch (name, reader.TokenType)
            {
                case ("type", JsonTokenType.String):
                    type = reader.GetString()!;
                    break;
                case ("kind", JsonTokenType.String):
                    kind = reader.GetString()!;
                    break;
                case ("code", JsonTokenType.Number):
                    Code = reader.TryGetInt32(out var code) ? code : 0;
                    break;
                case ("object", JsonTokenType.StartObject) when !isEvent:
                    Take(ref reader, keys, isText, isEvent: true);
                    break;
                case ("metadata", JsonTokenType.StartObject):
                    Metadata(ref reader);
                    break;
                case ("data", JsonTokenType.StartObject):
                case ("binaryData", JsonTokenType.StartObject):
                    Data(ref reader, keys, isText && name == "data");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // A secret has a type too; the type of an event is outside its object.
        if (!isEvent && kind.Length == 0) Event = type;
        else if (kind != "Status") Code = 0;
    }

    private void Metadata(ref Utf8JsonReader reader)
    {
        while (JsonWalk.NextProperty(ref reader, out var name))
        {
            if (name == "resourceVersion" && reader.TokenType == JsonTokenType.String) Version = reader.GetString()!;
            else reader.Skip();
        }
    }

    private void Data(ref Utf8JsonReader reader, ValueList<string> keys, bool isText)
    {
        while (JsonWalk.NextProperty(ref reader, out var key))
        {
            if (reader.TokenType != JsonTokenType.String || !keys.Contains(key))
            {
                reader.Skip();
                continue;
            }

            var buffer = PinnedBuffers.Rent(reader.ValueSpan.Length);
            var length = reader.CopyString(buffer);
            if (!isText && Base64.DecodeFromUtf8InPlace(buffer.AsSpan(0, length), out length) != OperationStatus.Done)
            {
                PinnedBuffers.Return(buffer);
                throw new JsonException();
            }

            if (_values.Remove(key, out var before)) PinnedBuffers.Return(before.Buffer);
            _values[key] = (buffer, length);
        }
    }
}
