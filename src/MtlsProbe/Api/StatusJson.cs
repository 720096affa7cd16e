using System.Text.Json.Serialization;
using MtlsProbe.Model;

namespace MtlsProbe.Api;

/// <summary>
/// The answers of the API in JSON, by generated code. The default encoder escapes everything except plain ASCII, and also the characters that have a
/// meaning in HTML and script. Text from a peer stays text even if an answer is taken for markup.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(Summary))]
[JsonSerializable(typeof(HandshakePage))]
[JsonSerializable(typeof(TargetPage))]
[JsonSerializable(typeof(GroupPage))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(TargetDetail))]
[JsonSerializable(typeof(IdentityPage))]
[JsonSerializable(typeof(IdentityDetail))]
[JsonSerializable(typeof(CertificatePage))]
[JsonSerializable(typeof(AccessPage))]
[JsonSerializable(typeof(ForecastPage))]
internal sealed partial class StatusJson : JsonSerializerContext;
