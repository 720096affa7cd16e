using System.Text;
using MtlsProbe.Web;

namespace MtlsProbe.Fuzz;

/// <summary>The configuration file of the web server. Certificates that it names do not exist.</summary>
internal sealed class WebEntry : FuzzEntry
{
    public override string Name => "web";

    public override string Does => "the file of --web.config.file";

    public override IReadOnlyList<string> Tokens =>
    [
        "tls_server_config:", "http_server_config:", "basic_auth_users:", "rate_limit:", "cert_file: ", "key_file: ", "client_auth_type: ", "RequireAndVerifyClientCert", "client_ca_file: ", "min_version: ", "TLS12", "TLS13",
        "http2: ", "headers: ", "X-Frame-Options: ", "DENY", "{ ", " }", ": ", "\n", "  ", "$2y$10$", "&a ", "*a", "!!str ", "\\e",
    ];

    public override IReadOnlyList<string> Reached => ["read"];

    public override long MostAllocated(int length) => (32L << 20) + (20_000L * length);

    public override IEnumerable<byte[]> Seeds() =>
    [
        """
        http_server_config: { http2: false, headers: { X-Frame-Options: DENY, Strict-Transport-Security: max-age=31536000 } }
        basic_auth_users: { prometheus: "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" }
        """u8.ToArray(),
        "tls_server_config: { cert_file: web.crt, key_file: web.key, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt, min_version: TLS13 }\n"u8.ToArray(),
        "tls_server_config: { cert_fiel: web.crt, cipher_suites: [TLS_AES_128_GCM_SHA256] }\nrate_limit: { burst: 1 }\nbasic_auth_users: { a: secret }\n"u8.ToArray(),
    ];

    public override string Run(byte[] input)
    {
        var (configuration, errors) = WebConfigurationFile.Parse(Encoding.UTF8.GetString(input), "/fuzz/web.yml");
        Claim.Holds((configuration is null) == (errors.Count > 0), "neither a configuration nor a mistake, or both");
        ConfigurationEntry.Check(errors);
        foreach (var header in configuration?.Headers ?? []) Claim.Holds(header.Value.All(c => c is >= ' ' and <= '~'), "a header has invalid characters");
        return configuration is not null ? "read" : string.Join(" | ", errors.Take(3).Select(error => ConfigurationEntry.Kind(error.Problem)));
    }
}
