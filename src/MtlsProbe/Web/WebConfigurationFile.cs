using System.Security.Authentication;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Web;

/// <summary>Reads <c>web.config.file</c>. Every mistake is reported with its place; what is not supported is refused, not ignored.</summary>
internal static class WebConfigurationFile
{
    public static (WebConfiguration? Configuration, ValueList<ConfigurationError> Errors) Load(string path)
    {
        var errors = new ErrorList(path);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(1, 1, "", $"cannot be read: {e.Message}");
            return (null, errors.InOrder());
        }

        if (YamlTree.Load(text, errors) is not { } root) return errors.Count == 0 ? (new WebConfiguration(), []) : (null, errors.InOrder());
        var file = Section.Open(root, "", errors, "tls_server_config", "http_server_config", "basic_auth_users");
        var http = file.Open("http_server_config", "http2", "headers");
        var configuration = new WebConfiguration
        {
            Tls = file.Open("tls_server_config", "cert_file", "key_file", "client_auth_type", "client_ca_file", "min_version", "max_version") is { } tls
                ? Tls(tls, Path.GetDirectoryName(Path.GetFullPath(path))!, errors)
                : null,
            Http2 = http?.Read("http2", Grammar.Flag)?.Value ?? true,
            Headers = Pairs(http?.Open("headers")),
            Users = Users(file.Open("basic_auth_users"), errors),
        };
        return errors.Count == 0 ? (configuration, []) : (null, errors.InOrder());
    }

    private static ServerTls? Tls(Section section, string directory, ErrorList errors)
    {
        var certificate = PathOf(section, "cert_file", directory);
        var key = PathOf(section, "key_file", directory);
        var clientCa = PathOf(section, "client_ca_file", directory);
        var auth = section.Read("client_auth_type", ClientAuth)?.Value ?? ClientAuthType.NoClientCert;
        var min = section.Read("min_version", Version)?.Value ?? SslProtocols.Tls12;
        var max = section.Read("max_version", Version)?.Value ?? SslProtocols.Tls13;
        if (certificate is null) errors.Add(section.At, section.PathOf("cert_file"), "is missing");
        if (key is null) errors.Add(section.At, section.PathOf("key_file"), "is missing");
        if (clientCa is null && auth is ClientAuthType.VerifyClientCertIfGiven or ClientAuthType.RequireAndVerifyClientCert)
            errors.Add(section.At, section.PathOf("client_ca_file"), $"is missing, which {auth} needs");
        if (min > max) errors.Add(section.At, section.PathOf("min_version"), "is above max_version");
        if (certificate is null || key is null || errors.Count > 0) return null;

        var tls = new ServerTls
        {
            CertificateFile = certificate,
            KeyFile = key,
            ClientAuth = auth,
            ClientCaFile = clientCa,
            Protocols = min == max ? min : SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (tls.Problem() is { } problem) errors.Add(section.At, section.Where, $"cannot be used: {problem}", "cert_file and key_file are PEM files that belong together, client_ca_file is PEM");
        return tls;
    }

    private static ValueList<Label> Users(Section? section, ErrorList errors)
    {
        var users = Pairs(section);
        foreach (var (user, _, value) in section?.Entries ?? [])
        {
            var hash = users.FirstOrDefault(candidate => candidate.Name == user).Value ?? "";
            if (hash.Length != 60 || hash[..4] is not ("$2a$" or "$2b$" or "$2y$"))
                errors.Add(value, section!.PathOf(user), "is no bcrypt hash", "make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n'");
        }

        if (users.Count > 0 && !PasswordHash.IsAvailable)
            errors.Add(section!.At, section.Where, "needs the system's libcrypt.so.1, which is not there or knows no bcrypt", "Debian, Ubuntu: libcrypt1; Fedora: libxcrypt");
        return users;
    }

    private static ValueList<Label> Pairs(Section? section) => section is null
        ? []
        : section.Entries.Select(entry => new Label(entry.Name, section.Read(entry.Name, AnyText)?.Value ?? "")).ToValueList();

    private static string? PathOf(Section section, string key, string directory) =>
        section.Read(key, AnyText)?.Value is { } path ? Path.Combine(directory, path) : null;

    private static Reading<string> AnyText(string text) => text;

    private static Reading<ClientAuthType> ClientAuth(string text) => Enum.TryParse<ClientAuthType>(text, out var type) && Enum.IsDefined(type) && !char.IsAsciiDigit(text[0])
        ? type
        : Reading<ClientAuthType>.Wrong("is no client_auth_type", string.Join(", ", Enum.GetNames<ClientAuthType>()));

    private static Reading<SslProtocols> Version(string text) => text switch
    {
        "TLS12" => SslProtocols.Tls12,
        "TLS13" => SslProtocols.Tls13,
        _ => Reading<SslProtocols>.Wrong("is no TLS version that is served here", "TLS12 or TLS13"),
    };
}
