using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>What an answer in the target's protocol has shown about the access that we got.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Confirmed>))]
internal enum Confirmed : byte
{
    /// <summary>The session is open, and the server answers requests in it. It may judge the certificate, or its subject, only at a login.</summary>
    Session,

    /// <summary>A login has succeeded.</summary>
    Login,
}
