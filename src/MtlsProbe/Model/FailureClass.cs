using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>Who or what is at fault. The label values are a contract with users' alert rules.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<FailureClass>))]
internal enum FailureClass
{
    /// <summary>May be temporary.</summary>
    Network,

    /// <summary>No TLS session was possible.</summary>
    Protocol,

    /// <summary>We do not trust the server.</summary>
    ServerCertificate,

    /// <summary>The server does not trust us.</summary>
    ClientCertificate,

    /// <summary>Our own files or our token are at fault.</summary>
    Identity,

    /// <summary>The answer of the service behind TLS, or its absence.</summary>
    Application,

    /// <summary>The server let in a credential that it must refuse, or does not ask for a certificate.</summary>
    Enforcement,

    /// <summary>A fault of MtlsProbe itself.</summary>
    Internal,
}
