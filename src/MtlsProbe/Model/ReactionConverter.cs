using System.Text.Json;
using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>A reaction is written to JSON as its text.</summary>
internal sealed class ReactionConverter : JsonConverter<Reaction>
{
    public override Reaction Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Result records are written, never read.");

    public override void Write(Utf8JsonWriter writer, Reaction value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
