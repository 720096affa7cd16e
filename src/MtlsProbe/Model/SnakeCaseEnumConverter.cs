using System.Text.Json;
using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>Writes an enum's members as the contract spells them: <c>ServerCertificate</c> as <c>server_certificate</c>.</summary>
internal sealed class SnakeCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
