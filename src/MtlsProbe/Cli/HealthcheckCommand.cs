using System.CommandLine;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Credentials;
using MtlsProbe.Files;
using MtlsProbe.Web;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe healthcheck</c>: asks a running <c>serve</c> on this machine whether it is healthy or ready. For containers and service managers.</summary>
internal sealed class HealthcheckCommand(Surroundings surroundings)
{
    private const int MaxCertificate = 1024 * 1024;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    private readonly Option<bool> _ready = new("--ready") { Description = "Also require that every target has been probed." };

    private readonly Option<ListenAddress[]> _listen = Options.ListOf("--web.listen-address", "ADDRESS", "Address that the other process serves on, as given to it; of several, the first is asked. Default: :10219.", AddressOf);

    private readonly Option<string?> _webConfig = Options.Of("--web.config.file", "FILE", "Its file with TLS and basic authentication, as given to it.", Grammar.FilePath);

    private readonly Option<string?> _username = Options.Of("--username", "NAME", "User for basic authentication, with --password-file. Only --ready uses them: without it, a request for a password is proof enough.", BlockGrammar.Name);

    private readonly Option<string?> _password = Options.Of("--password-file", "FILE", "File with the user's password.", Grammar.FilePath);

    private readonly Option<string?> _certificate = Options.Of("--cert", "FILE", "Client certificate, PEM, where the other process requires one.", Grammar.FilePath);

    private readonly Option<string?> _key = Options.Of("--key", "FILE", "Its private key, PEM, not encrypted. Default: the file of --cert.", Grammar.FilePath);

    /// <summary>Zero if it is absent.</summary>
    private readonly Option<TimeSpan> _timeout = Options.Of("--timeout", "DURATION", "For the answer, as in 5s or 500ms. Default: 5s.", Grammar.Timeout);

    public static Command Create(Surroundings surroundings)
    {
        var health = new HealthcheckCommand(surroundings);
        var command = new ExampledCommand(
            "healthcheck",
            "Ask a running `serve` on this machine whether it is healthy. Exit code 1 unless it is.",
            "mtlsprobe healthcheck",
            "mtlsprobe healthcheck --ready",
            "mtlsprobe healthcheck --web.listen-address :10219 --web.config.file /etc/mtlsprobe/web.yml",
            "mtlsprobe healthcheck --ready --username prometheus --password-file /etc/mtlsprobe/password --web.config.file /etc/mtlsprobe/web.yml");
        foreach (var option in (IReadOnlyList<Option>)[health._ready, health._listen, health._webConfig, health._username, health._password, health._certificate, health._key, health._timeout])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            bool Has(Option option) => result.GetResult(option) is { Implicit: false };

            if (Has(health._username) != Has(health._password)) result.AddError("--username and --password-file need each other");
            if (Has(health._key) && !Has(health._certificate)) result.AddError("--key needs --cert");
            if (Has(health._certificate) && !Has(health._webConfig)) result.AddError("--cert needs --web.config.file: without it, no TLS is spoken");
        });
        command.SetAction(health.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        try
        {
            var timeout = parsed.GetResult(_timeout) is null ? s_timeout : parsed.GetValue(_timeout);
            var question = Question(parsed);
            var answer = await question.AskAsync(timeout, surroundings.Time, stop);
            (answer.IsGood ? surroundings.Output : surroundings.Error).WriteLine(answer.IsGood ? answer.Sentence : $"{CommandLine.Program}: {answer.Sentence}");
            return answer.IsGood ? ExitCode.Good : ExitCode.Bad;
        }
        catch (UsageException mistake)
        {
            surroundings.Error.WriteLine($"{CommandLine.Program}: {mistake.Message}");
            return ExitCode.Usage;
        }
    }

    /// <exception cref="UsageException">A given file is not usable.</exception>
    private HealthQuestion Question(ParseResult parsed)
    {
        var web = parsed.GetValue(_webConfig) is { } file ? WebConfig(file) : new WebConfiguration();
        var listen = parsed.GetValue(_listen) is [var first, ..] ? first : ListenAddress.TryParse(ListenAddress.Default)!;
        var place = listen.OnThisMachine;
        var isReady = parsed.GetValue(_ready);
        var user = isReady ? parsed.GetValue(_username) : null; // only readiness needs a password; a liveness probe may have the same arguments
        if (web.Tls is null && user is not null && !IPAddress.IsLoopback(place.Address))
            throw new UsageException($"{place} is served without TLS, and the password could be read in transit", "serve it with TLS and give --web.config.file, or serve on 127.0.0.1 too and name that address");
        return new HealthQuestion(place, isTls: web.Tls is not null, isReady)
        {
            Login = user is not null ? (user, Password(parsed.GetRequiredValue(_password)!)) : null,
            Client = parsed.GetValue(_certificate) is { } certificate ? Client(certificate, parsed.GetValue(_key) ?? certificate) : null,
            Expected = web.Tls is { } tls ? () => ServedLeaf(tls.CertificateFile) : null,
        };
    }

    /// <summary>Without opening its files: the serving process may have better versions in memory.</summary>
    private static WebConfiguration WebConfig(string file)
    {
        var (configuration, errors) = WebConfigurationFile.Load(file, opensFiles: false);
        return configuration ?? throw new UsageException(string.Join("\n", errors), "it is the file that serve was started with");
    }

    private string Password(string file)
    {
        var (secret, fault) = MaterialSources.Configured(surroundings.Time, environment: surroundings.Environment).Secret(Path.GetFullPath(file)).Look().Found;
        return secret is not null ? Encoding.UTF8.GetString(secret.Bytes.Span) : throw new UsageException(fault!.Detail, "--password-file is a file of one line");
    }

    /// <summary>The certificate with its key, followed by the intermediates.</summary>
    private static SslStreamCertificateContext Client(string certificate, string key)
    {
        using var files = FileSet.ReadPatiently([certificate, key], MaxCertificate);
        if (files.Files.FirstOrDefault(file => file.Problem is not null) is { } broken) throw new UsageException($"{broken.Path} {broken.Problem!.Text}", "--cert and --key are PEM files");
        try
        {
            var pem = Encoding.UTF8.GetString(files[certificate].Bytes);
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pem, Encoding.UTF8.GetString(files[key].Bytes)), [.. all.Skip(1)], offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new UsageException($"{certificate} cannot be used: {e.Message}", "--cert and --key are PEM files that belong together, the key not encrypted");
        }
    }

    /// <summary>DER; null if the file cannot be read.</summary>
    private static byte[]? ServedLeaf(string path)
    {
        using var files = FileSet.ReadPatiently([path], MaxCertificate);
        return files[path].Problem is null && CertificateFile.Parse(files[path].Bytes.ToArray(), path) is { Certificates: [var leaf, ..] } ? leaf.Der.ToArray() : null;
    }

    private static Reading<ListenAddress> AddressOf(string text) => ListenAddress.TryParse(text) is { Port: > 0 } address
        ? address
        : Reading<ListenAddress>.Wrong("is not an address to serve on", "write :10219, 127.0.0.1:10219 or [::1]:10219");
}
