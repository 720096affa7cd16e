using System.Net.Security;
using System.Security.Authentication;
using MtlsProbe.Values;

namespace MtlsProbe.Web;

/// <summary>The TLS configuration of our own HTTP server.</summary>
internal sealed record ServerTls
{
    /// <summary>PEM; the chain follows the leaf.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>PEM, not encrypted.</summary>
    public required string KeyFile { get; init; }

    public ClientAuthType ClientAuth { get; init; } = ClientAuthType.NoClientCert;

    /// <summary>PEM of the authorities whose client certificates are accepted; required by the types that verify.</summary>
    public string? ClientCaFile { get; init; }

    /// <summary>In the order of preference; empty: those of the system.</summary>
    public ValueList<TlsCipherSuite> CipherSuites { get; init; } = [];

    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;
}

/// <summary>The client authentication types of exporter-toolkit, with the names from Go's crypto/tls.</summary>
internal enum ClientAuthType
{
    NoClientCert,
    RequestClientCert,
    RequireAnyClientCert,
    VerifyClientCertIfGiven,
    RequireAndVerifyClientCert,
}
