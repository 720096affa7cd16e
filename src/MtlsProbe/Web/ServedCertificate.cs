using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Files;
using MtlsProbe.Loops;

namespace MtlsProbe.Web;

/// <summary>
/// The certificate that our own HTTP server presents, and the client certificates that it accepts. Its files are followed while the server runs; if
/// they are broken, the last good ones stay in use.
/// </summary>
internal sealed partial class ServedCertificate : BackgroundService
{
    /// <summary>Maximum bytes of each file.</summary>
    private const int MaxSize = 1024 * 1024;

    private readonly ServerTls _settings;
    private readonly Loop _loop;
    private readonly ILogger _log;
    private readonly FileFollower _files;
    private readonly CipherSuitesPolicy? _suites; // null: those of the system
    private volatile Loaded? _loaded;
    private volatile string? _complaint;

    /// <summary>Reads the files; waits for them, but not for long.</summary>
    public ServedCertificate(ServerTls settings, Loop loop, ILogger log)
    {
        (_settings, _loop, _log) = (settings, loop, log);
#pragma warning disable CA1416 // Windows has no such policy, and this program needs OpenSSL anyway.
        if (settings.CipherSuites.Count > 0) _suites = new CipherSuitesPolicy(CipherSuites.Served(settings.CipherSuites));
#pragma warning restore CA1416
        _files = new FileFollower(() => FileSet.Read(Paths(settings), MaxSize), Take, loop.Time)
        {
            NoAnswer = () => Complain($"{string.Join(", ", Paths(settings))} {FileProblem.NoAnswer.Text}"),
            Failed = fault =>
            {
                loop.Failed();
                Complain(fault.Message);
            },
        };
        FilePolls.Once([_files], FileSet.Patience);
    }

    /// <summary>Why the files are not usable; null if they are.</summary>
    public static string? Problem(ServerTls settings)
    {
        using var files = FileSet.ReadPatiently(Paths(settings), MaxSize);
        return Load(settings, files).Problem;
    }

    /// <summary>The options of the next connection.</summary>
    /// <exception cref="IOException">No files have been good yet.</exception>
    public SslServerAuthenticationOptions Options()
    {
        var loaded = _loaded ?? throw new IOException(_complaint ?? "The files of tls_server_config cannot be read: no answer.");
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = loaded.Context,
            EnabledSslProtocols = _settings.Protocols,
            CipherSuitesPolicy = _suites,
            ClientCertificateRequired = _settings.ClientAuth != ClientAuthType.NoClientCert,
        };
        if (!options.ClientCertificateRequired) return options;

        var verifies = _settings.ClientAuth is ClientAuthType.VerifyClientCertIfGiven or ClientAuthType.RequireAndVerifyClientCert;
        var required = _settings.ClientAuth is ClientAuthType.RequireAnyClientCert or ClientAuthType.RequireAndVerifyClientCert;
        if (verifies) options.CertificateChainPolicy = TrustOnly(loaded.ClientAuthorities);
        options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is null ? !required : !verifies || errors == SslPolicyErrors.None;
        return options;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => FilePolls.RunAsync(() => [_files], () => Task.CompletedTask, fault => Complain(fault.Message), _loop, stoppingToken);

    private void Take(FileSet files)
    {
        var (loaded, problem) = Load(_settings, files);
        if (problem is null) (_loaded, _complaint) = (loaded, null);
        else Complain(problem);
    }

    /// <summary>Logs a problem once while it is the same.</summary>
    private void Complain(string problem)
    {
        if (problem == _complaint) return;
        _complaint = problem;
        if (_loaded is not null) LogKept(_log, problem);
    }

    private static string[] Paths(ServerTls settings) =>
        settings.ClientCaFile is { } ca ? [settings.CertificateFile, settings.KeyFile, ca] : [settings.CertificateFile, settings.KeyFile];

    /// <summary>Exactly one of the two is null.</summary>
    private static (Loaded? Loaded, string? Problem) Load(ServerTls settings, FileSet files)
    {
        if (files.Files.FirstOrDefault(file => file.Problem is not null) is { } broken) return (null, $"{broken.Path} {broken.Problem!.Text}");
        try
        {
            var chain = Certificates(files[settings.CertificateFile]);
            var authorities = settings.ClientCaFile is { } ca ? Certificates(files[ca]) : [];
            return (new Loaded(SslStreamCertificateContext.Create(WithKey(chain[0], files[settings.KeyFile]), chain, offline: true), authorities), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return (null, e.Message);
        }
    }

    private static X509Certificate2Collection Certificates(FileContent content)
    {
        // PEM is ASCII, but the text around it can be anything, and a byte order mark can precede it.
        var text = Encoding.UTF8.GetString(content.Bytes).TrimStart('\uFEFF');
        var file = CertificateFile.Parse(Encoding.UTF8.GetBytes(text), content.Path);
        if (file.Fault is { } fault) throw new CryptographicException(fault.Detail + ".");
        return [.. file.Certificates.Select(certificate => X509CertificateLoader.LoadCertificate(certificate.Der.Span))];
    }

    /// <summary>The key is in memory in plain text for this time.</summary>
    private static X509Certificate2 WithKey(X509Certificate2 certificate, FileContent key)
    {
        var text = GC.AllocateArray<char>(Encoding.UTF8.GetMaxCharCount(key.Bytes.Length), pinned: true);
        try
        {
            var length = Encoding.UTF8.GetChars(key.Bytes, text);
            return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), text.AsSpan(0, length).TrimStart('\uFEFF'));
        }
        finally
        {
            Array.Clear(text);
        }
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.ApplicationPolicy.Add(new Oid(KeyPurposes.ClientAuth));
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The files of the web configuration's tls_server_config cannot be used; the previous ones stay in use: {Problem}")]
    private static partial void LogKept(ILogger log, string problem);

    private sealed record Loaded(SslStreamCertificateContext Context, X509Certificate2Collection ClientAuthorities);
}
