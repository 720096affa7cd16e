using System.Text.Json;

namespace MtlsProbe.ApiCalls;

/// <summary>Reads JSON value by value, so that only the required values are decoded.</summary>
internal static class JsonWalk
{
    /// <summary>Moves to the value of the next property of an object; false at its end.</summary>
    /// <exception cref="JsonException">The text ends too early.</exception>
    public static bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        name = "";
        if (!reader.Read()) throw new JsonException();
        if (reader.TokenType == JsonTokenType.EndObject) return false;
        name = reader.GetString()!;
        return reader.Read() ? true : throw new JsonException();
    }
}
