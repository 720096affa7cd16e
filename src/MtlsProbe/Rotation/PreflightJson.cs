using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtlsProbe.Model;

namespace MtlsProbe.Rotation;

/// <summary>The reports in JSON, by generated code. The records in them are the result records of <see cref="ProbeResultJson"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(RolloutReport))]
[JsonSerializable(typeof(TrustChangeReport))]
internal sealed partial class PreflightJson : JsonSerializerContext
{
    /// <summary>Indented. The relaxed encoder leaves non-ASCII names readable; it still escapes control characters.</summary>
    public static PreflightJson Pretty { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new UtcMillisecondsConverter() },
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
