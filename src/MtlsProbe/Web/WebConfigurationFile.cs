using System.Globalization;
using System.Security.Authentication;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Web;

/// <summary>Reads <c>web.config.file</c>. Every mistake is reported with its place; what is not supported is refused, not ignored.</summary>
internal static class WebConfigurationFile
{
    private const int MostBurst = 1_000_000;

    private static readonly string[] TlsKeys = ["cert_file", "key_file", "client_auth_type", "client_ca_file", "min_version", "max_version", "cipher_suites", "prefer_server_cipher_suites"];

    /// <summary>Keys of exporter-toolkit that would be dangerous to ignore.</summary>
    private static readonly string[] UnsupportedTlsKeys = ["cert", "key", "client_ca", "client_allowed_sans", "curve_preferences"];

    /// <summary>The headers that exporter-toolkit supports, with their allowed values if there is a fixed set.</summary>
    private static readonly Dictionary<string, string[]> HeaderValues = new()
    {
        ["Content-Security-Policy"] = [],
        ["Strict-Transport-Security"] = [],
        ["X-Content-Type-Options"] = ["nosniff"],
        ["X-Frame-Options"] = ["deny", "sameorigin"],
        ["X-XSS-Protection"] = [],
    };

    /// <inheritdoc cref="Parse"/>
    public static (WebConfiguration? Configuration, ValueList<ConfigurationError> Errors) Load(string path, bool opensFiles = true)
    {
        var (text, mistake) = TextFile.Read(path, isFollowed: true);
        return mistake is null ? Parse(text!, path, opensFiles) : (null, [mistake]);
    }

    /// <param name="path">Used in the errors; relative paths of the configuration start at its directory.</param>
    /// <param name="opensFiles">Whether the certificate and the key must be usable; not if another process serves with them.</param>
    public static (WebConfiguration? Configuration, ValueList<ConfigurationError> Errors) Parse(string text, string path, bool opensFiles = true)
    {
        var errors = new ErrorList(path);
        if (YamlTree.Load(text, errors) is not { } root) return errors.Count == 0 ? (new WebConfiguration(), []) : (null, errors.InOrder());
        var file = Section.Open(root, "", errors, "tls_server_config", "http_server_config", "basic_auth_users", "rate_limit");
        var http = file.Open("http_server_config", "http2", "headers");
        var configuration = new WebConfiguration
        {
            Http2 = http?.Read("http2", Grammar.Flag)?.Value ?? true,
            Headers = http?.Open("headers") is { } headers ? Headers(headers, errors) : [],
            Users = file.Open("basic_auth_users") is { } users ? Users(users, errors) : [],
            Limit = file.Open("rate_limit", "interval", "burst") is { } limit ? Limit(limit, errors) : null,
            Tls = file.Open("tls_server_config", [.. TlsKeys, .. UnsupportedTlsKeys]) is { } tls
                ? Tls(tls, Path.GetDirectoryName(Path.GetFullPath(path))!, opensFiles, errors)
                : null,
        };
        return errors.Count == 0 ? (configuration, []) : (null, errors.InOrder());
    }

    private static ServerTls? Tls(Section section, string directory, bool opensFiles, ErrorList errors)
    {
        Refuse(section, UnsupportedTlsKeys, errors);
        var certificate = PathOf(section, "cert_file", directory);
        var key = PathOf(section, "key_file", directory);
        var clientCa = PathOf(section, "client_ca_file", directory);
        var auth = section.Read("client_auth_type", ClientAuth)?.Value ?? ClientAuthType.NoClientCert;
        var min = section.Read("min_version", Version)?.Value ?? SslProtocols.Tls12;
        var max = section.Read("max_version", Version)?.Value ?? SslProtocols.Tls13;
        if (certificate is null && !section.Has("cert_file") && section.IsIntelligible) errors.Add(section.At, section.PathOf("cert_file"), "is missing");
        if (key is null && !section.Has("key_file") && section.IsIntelligible) errors.Add(section.At, section.PathOf("key_file"), "is missing");
        if (clientCa is null && !section.Has("client_ca_file") && auth is ClientAuthType.VerifyClientCertIfGiven or ClientAuthType.RequireAndVerifyClientCert)
            errors.Add(section.At, section.PathOf("client_ca_file"), $"is missing, but {auth} requires it");
        if (clientCa is not null && auth is ClientAuthType.NoClientCert)
            errors.Add(section.At, section.PathOf("client_ca_file"), "has no effect: clients are not asked for a certificate",
                "client_auth_type: RequireAndVerifyClientCert requests one");
        if (min > max) errors.Add(section.At, section.PathOf("min_version"), "is above max_version");
        var suites = section.ReadList("cipher_suites", CipherSuites.Parse)?.Value ?? [];
        if (suites.Count > 0 && max == SslProtocols.Tls12 && suites.All(CipherSuites.IsOfTls13))
            errors.Add(section.At, section.PathOf("cipher_suites"), "has none of TLS 1.2, and max_version excludes TLS 1.3");
        if (suites.Count > 0 && min == SslProtocols.Tls13 && !suites.Any(CipherSuites.IsOfTls13))
            errors.Add(section.At, section.PathOf("cipher_suites"), "has no effect: it has none of TLS 1.3, and min_version excludes TLS 1.2");
        if (section.Read("prefer_server_cipher_suites", Grammar.Flag) is { Valid: true, Value: false })
            errors.Add(section.At, section.PathOf("prefer_server_cipher_suites"), "cannot be false: the order of the server always applies", "remove it");
        if (certificate is null || key is null || errors.Count > 0) return null;

        var tls = new ServerTls
        {
            CertificateFile = certificate,
            KeyFile = key,
            ClientAuth = auth,
            ClientCaFile = clientCa,
            CipherSuites = suites,
            Protocols = min == max ? min : SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (opensFiles && ServedCertificate.Problem(tls) is { } problem)
        {
            errors.Add(section.At, section.Where, $"cannot be used: {problem}",
                "cert_file and key_file are PEM files that belong together, the key not encrypted; client_ca_file is PEM");
        }

        return tls;
    }

    /// <summary>Null: no limit, which an interval of 0 means too.</summary>
    private static RequestLimit? Limit(Section section, ErrorList errors)
    {
        var interval = section.Read("interval", LimitInterval)?.Value ?? TimeSpan.Zero;
        var burst = section.Read("burst", Burst)?.Value;
        if (interval == TimeSpan.Zero) return null;
        if (burst is { } count) return new RequestLimit(interval, count);
        if (!section.Has("burst")) errors.Add(section.At, section.PathOf("burst"), "is missing: no request would be answered", "burst: 20 answers 20 at once");
        return null;
    }

    private static ValueList<Label> Users(Section section, ErrorList errors)
    {
        var users = new List<Label>();
        foreach (var (user, _, value) in section.Entries)
        {
            if (section.Read(user, AnyText) is not { Valid: true, Value: { } hash }) continue;

            // The text in place of a hash may be the password itself: it is not repeated.
            if (PasswordHash.IsWellFormed(hash)) users.Add(new Label(user, hash));
            else errors.Add(value, section.PathOf(user), "is not a bcrypt hash", "make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n'");
        }

        return users.ToValueList();
    }

    private static ValueList<Label> Headers(Section section, ErrorList errors)
    {
        var headers = new List<Label>();
        foreach (var (name, key, _) in section.Entries)
        {
            if (!HeaderValues.TryGetValue(name, out var values))
                errors.Add(key, section.PathOf(name), "this header cannot be set", "these can: " + string.Join(", ", HeaderValues.Keys));
            else if (section.Read(name, text => HeaderValue(text, values)) is { Valid: true, Value: { } value })
                headers.Add(new Label(name, value));
        }

        return headers.ToValueList();
    }

    private static void Refuse(Section section, string[] keys, ErrorList errors)
    {
        foreach (var (name, key, _) in section.Entries.Where(entry => keys.Contains(entry.Name)))
            errors.Add(key, section.PathOf(name), "is not supported here", "remove it; it would have no effect");
    }

    private static string? PathOf(Section section, string key, string directory) =>
        section.Read(key, Grammar.FilePath) is { Valid: true, Value: { } path } ? Path.Combine(directory, path) : null;

    private static Reading<string> AnyText(string text) => text;

    private static Reading<string> HeaderValue(string text, string[] values) => text switch
    {
        _ when text.Any(c => c is < ' ' or > '~') => Reading<string>.Wrong("has characters that are not allowed in a header"),
        _ when values.Length > 0 && !values.Contains(text, StringComparer.OrdinalIgnoreCase) =>
            Reading<string>.Wrong("is not a value of this header", string.Join(", ", values)),
        _ => text,
    };

    private static Reading<TimeSpan> LimitInterval(string text) => text == "0" ? TimeSpan.Zero : Grammar.Time(text);

    private static Reading<int> Burst(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var burst) && burst is > 0 and <= MostBurst
            ? burst
            : Reading<int>.Wrong($"is not a whole number between 1 and {MostBurst}", "requests that are answered at once");

    private static Reading<ClientAuthType> ClientAuth(string text) =>
        Enum.GetNames<ClientAuthType>().Contains(text)
            ? Enum.Parse<ClientAuthType>(text)
            : Reading<ClientAuthType>.Wrong("is not a client_auth_type", string.Join(", ", Enum.GetNames<ClientAuthType>()));

    private static Reading<SslProtocols> Version(string text) => text switch
    {
        "TLS12" => SslProtocols.Tls12,
        "TLS13" => SslProtocols.Tls13,
        _ => Reading<SslProtocols>.Wrong("is not a supported TLS version", "TLS12 or TLS13"),
    };
}
