using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtlsProbe.Text;

namespace MtlsProbe.Model;

/// <summary>The result record in JSON, by generated code: <c>ProbeResultJson.Default.ProbeResult</c>, or <c>.Pretty</c> for people.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(ProbeResult))]
[JsonSerializable(typeof(IReadOnlyList<ProbeResult>))]
internal sealed partial class ProbeResultJson : JsonSerializerContext
{
    /// <summary>Indented. The relaxed encoder leaves non-ASCII names readable; it still escapes control characters.</summary>
    public static ProbeResultJson Pretty { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new UtcMillisecondsConverter() },
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>Times as <c>2026-11-20T18:00:00.000Z</c>.</summary>
internal sealed class UtcMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Result records are written, never read.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Times.IsoMilliseconds(value));
}
