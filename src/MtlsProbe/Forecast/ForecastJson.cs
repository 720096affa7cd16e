using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtlsProbe.Model;

namespace MtlsProbe.Forecast;

/// <summary>The reports of the command in JSON, by generated code.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(ForecastReport))]
[JsonSerializable(typeof(RemovalReport))]
internal sealed partial class ForecastJson : JsonSerializerContext
{
    /// <summary>Indented. The relaxed encoder leaves non-ASCII names readable; it still escapes control characters.</summary>
    public static ForecastJson Pretty { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new UtcMillisecondsConverter() },
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
