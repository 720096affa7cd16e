using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>Which of an identity's credentials: the one in use, or the replacement that is being rolled out.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Slot>))]
internal enum Slot : byte
{
    Current,
    Next,
}
