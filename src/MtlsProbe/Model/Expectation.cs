using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>What the server ought to do with the credential.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Expectation>))]
internal enum Expectation : byte
{
    Accept,
    Reject,
}
