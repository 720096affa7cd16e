using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MtlsProbe.Web;

/// <summary>How our own HTTP server speaks TLS. Files are read anew for each connection, so that a renewed certificate is served at once.</summary>
internal sealed record ServerTls
{
    public required string CertificateFile { get; init; }

    public required string KeyFile { get; init; }

    public ClientAuthType ClientAuth { get; init; } = ClientAuthType.NoClientCert;

    /// <summary>PEM of the authorities whose client certificates are accepted; needed by the types that verify.</summary>
    public string? ClientCaFile { get; init; }

    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    public TlsHandshakeCallbackOptions HandshakeOptions() => new() { OnConnection = _ => ValueTask.FromResult(Options()) };

    /// <summary>Reads the files once, to find at start what is wrong with them; null when all is well.</summary>
    public string? Problem()
    {
        try
        {
            var options = Options();
            options.ServerCertificateContext?.TargetCertificate.Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return e.Message;
        }
    }

    private SslServerAuthenticationOptions Options()
    {
        using var certificate = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(CertificateFile);

        // Only a certificate from PKCS#12 keeps its key past the lifetime of the key object.
        var served = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(served, chain, offline: true),
            EnabledSslProtocols = Protocols,
            ClientCertificateRequired = ClientAuth != ClientAuthType.NoClientCert,
        };
        if (options.ClientCertificateRequired) Verify(options);
        return options;
    }

    private void Verify(SslServerAuthenticationOptions options)
    {
        var verifies = ClientAuth is ClientAuthType.VerifyClientCertIfGiven or ClientAuthType.RequireAndVerifyClientCert;
        var required = ClientAuth is ClientAuthType.RequireAnyClientCert or ClientAuthType.RequireAndVerifyClientCert;
        if (verifies)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                DisableCertificateDownloads = true,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2")); // clientAuth
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(ClientCaFile!);
        }

        options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is null ? !required : !verifies || errors == SslPolicyErrors.None;
    }
}

/// <summary>The client authentication of exporter-toolkit, which are the names of Go's crypto/tls.</summary>
internal enum ClientAuthType
{
    NoClientCert,
    RequestClientCert,
    RequireAnyClientCert,
    VerifyClientCertIfGiven,
    RequireAndVerifyClientCert,
}
