using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Files;

namespace MtlsProbe.Web;

/// <summary>
/// The certificate that our own HTTP server shows, and the client certificates that it takes. The files are read at each connection, as
/// exporter-toolkit does, so that a renewed certificate is served at once; where they are broken, the last good ones stay in use.
/// </summary>
internal sealed partial class ServedCertificate(ServerTls settings, ILogger log)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>In bytes, of each file.</summary>
    private const int MaxSize = 1024 * 1024;

    private volatile Loaded? _loaded;
    private volatile string? _complaint;
    private bool _isReading;

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

    /// <summary>Read anew, unless that is under way already, and perhaps hangs: then, and where it fails, what was read before.</summary>
    private Loaded Current()
    {
        if (Interlocked.Exchange(ref _isReading, true)) return _loaded ?? throw new IOException("The files of tls_server_config have not been read yet.");
        Exception? fault = null;
        Sweep.Run([() => fault = Read()], Sweep.Patience);
        return _loaded ?? throw fault ?? new IOException("The files of tls_server_config give no answer.");
    }

    private Exception? Read()
    {
        try
        {
            _loaded = Load(settings, _loaded);
            _complaint = null;
            return null;
        }
        catch (Exception e)
        {
            if (_loaded is not null && e.Message != _complaint) LogKept(log, _complaint = e.Message);
            return e;
        }
        finally
        {
            Volatile.Write(ref _isReading, false);
        }
    }

    private static Loaded Load(ServerTls settings, Loaded? before)
    {
        var text = new FileTexts(
            TextOf(settings.CertificateFile),
            TextOf(settings.KeyFile),
            settings.ClientCaFile is { } file ? TextOf(file) : "");
        if (before?.Text == text) return before;

        var chain = Certificates(text.Certificate, settings.CertificateFile);
        var authorities = settings.ClientCaFile is { } ca ? Certificates(text.ClientCa, ca) : [];
        var served = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), text.Key);
        return new Loaded(text, SslStreamCertificateContext.Create(served, chain, offline: true), authorities);
    }

    private static X509Certificate2Collection Certificates(string text, string path)
    {
        var file = CertificateFile.Parse(Encoding.UTF8.GetBytes(text), path);
        if (file.Fault is { } fault) throw new CryptographicException(fault.Detail + ".");
        return [.. file.Certificates.Select(certificate => X509CertificateLoader.LoadCertificate(certificate.Der.Span))];
    }

    /// <summary>PEM is ASCII; what stands around it may be anything, and a byte order mark before it.</summary>
    private static string TextOf(string path)
    {
        var (bytes, problem) = TextFile.ReadBytes(path, MaxSize, isFollowed: true);
        return problem is null ? Encoding.UTF8.GetString(bytes!).TrimStart('\uFEFF') : throw new IOException($"{path} {problem}");
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
