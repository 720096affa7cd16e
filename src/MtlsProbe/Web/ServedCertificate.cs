using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Web;

/// <summary>
/// The certificate that our own HTTP server shows, and the client certificates that it takes. The files are read at each connection, as
/// exporter-toolkit does, so that a renewed certificate is served at once; where they are broken, the last good ones stay in use.
/// </summary>
internal sealed partial class ServedCertificate(ServerTls settings, ILogger log)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private Loaded? _loaded;
    private string? _complaint;

    /// <summary>What keeps the files from being used; null when nothing does.</summary>
    public static string? Problem(ServerTls settings)
    {
        try
        {
            Load(settings, null);
            return null;
        }
        catch (Exception e) when (IsExpected(e))
        {
            return e.Message;
        }
    }

    /// <summary>The options of the next connection.</summary>
    public SslServerAuthenticationOptions Options()
    {
        var loaded = Current();
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = loaded.Context,
            EnabledSslProtocols = settings.Protocols,
            ClientCertificateRequired = settings.ClientAuth != ClientAuthType.NoClientCert,
        };
        if (!options.ClientCertificateRequired) return options;

        var verifies = settings.ClientAuth is ClientAuthType.VerifyClientCertIfGiven or ClientAuthType.RequireAndVerifyClientCert;
        var required = settings.ClientAuth is ClientAuthType.RequireAnyClientCert or ClientAuthType.RequireAndVerifyClientCert;
        if (verifies) options.CertificateChainPolicy = TrustOnly(loaded.ClientAuthorities);
        options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is null ? !required : !verifies || errors == SslPolicyErrors.None;
        return options;
    }

    private Loaded Current()
    {
        try
        {
            var loaded = _loaded = Load(settings, _loaded);
            _complaint = null;
            return loaded;
        }
        catch (Exception e) when (IsExpected(e) && _loaded is not null)
        {
            if (e.Message != _complaint) LogKept(log, _complaint = e.Message);
            return _loaded;
        }
    }

    private static Loaded Load(ServerTls settings, Loaded? before)
    {
        var text = new FileTexts(
            File.ReadAllText(settings.CertificateFile),
            File.ReadAllText(settings.KeyFile),
            settings.ClientCaFile is { } file ? File.ReadAllText(file) : "");
        if (before?.Text == text) return before;

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(text.Certificate);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(text.ClientCa);
        if (settings.ClientCaFile is { } ca && authorities.Count == 0) throw new CryptographicException($"{ca} holds no certificate.");
        var served = X509Certificate2.CreateFromPem(text.Certificate, text.Key);
        return new Loaded(text, SslStreamCertificateContext.Create(served, chain, offline: true), authorities);
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static bool IsExpected(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The files of the web configuration's tls_server_config cannot be used, those read before stay in use: {Problem}")]
    private static partial void LogKept(ILogger log, string problem);

    private sealed record FileTexts(string Certificate, string Key, string ClientCa);

    private sealed record Loaded(FileTexts Text, SslStreamCertificateContext Context, X509Certificate2Collection ClientAuthorities);
}
