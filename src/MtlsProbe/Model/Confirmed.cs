using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>What an answer in the target's protocol has shown, where it let us in.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Confirmed>))]
internal enum Confirmed
{
    /// <summary>The session stands, and the server answers to what is asked in it. It may judge the certificate, or its subject, at a login.</summary>
    Session,

    /// <summary>The server has let somebody log in.</summary>
    Login,
}
