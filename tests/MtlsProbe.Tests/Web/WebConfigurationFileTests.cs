using System.Net.Security;
using System.Security.Authentication;
using MtlsProbe.Config;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

public sealed class WebConfigurationFileTests : IDisposable
{
    private const string Hash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

    private readonly TempFiles _files = new();

    public WebConfigurationFileTests()
    {
        var authority = TestPki.Root("Web Root");
        var leaf = authority.Leaf("localhost");
        _files.Write("web.crt", TestPki.Pem(leaf));
        _files.Write("web.key", leaf.KeyPem);
        _files.Write("ca.crt", TestPki.Pem(authority));
        _files.Write("other.key", authority.KeyPem);
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_full_configuration_is_read()
    {
        var (configuration, errors) = Load($$"""
            tls_server_config:
              cert_file: web.crt
              key_file: web.key
              client_auth_type: RequireAndVerifyClientCert
              client_ca_file: ca.crt
              min_version: TLS13
              cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305]
              prefer_server_cipher_suites: true
            rate_limit: { interval: 100ms, burst: 50 }
            http_server_config:
              http2: false
              headers: { X-Frame-Options: DENY, Strict-Transport-Security: max-age=31536000 }
            basic_auth_users: { prometheus: "{{Hash}}" }
            """);

        Assert.Empty(errors);
        Assert.Equal(_files.Path("web.crt"), configuration!.Tls!.CertificateFile);
        Assert.Equal((ClientAuthType.RequireAndVerifyClientCert, SslProtocols.Tls13), (configuration.Tls.ClientAuth, configuration.Tls.Protocols));
        Assert.Equal(
            [TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256], configuration.Tls.CipherSuites);
        Assert.Equal(new RequestLimit(TimeSpan.FromMilliseconds(100), 50), configuration.Limit);
        Assert.False(configuration.Http2);
        Assert.Equal(["X-Frame-Options", "Strict-Transport-Security"], configuration.Headers.Select(header => header.Name));
        Assert.Equal(("prometheus", Hash), (configuration.Users[0].Name, configuration.Users[0].Value));
    }

    [Fact]
    public void An_empty_file_is_plain_HTTP_for_everyone()
    {
        var (configuration, errors) = Load("");

        Assert.Empty(errors);
        Assert.Equal(new WebConfiguration(), configuration);
    }

    [Theory]
    [InlineData("tls_server_config: { cert_file: web.crt }", "1:20: tls_server_config.key_file: is missing")]
    [InlineData("tls_server_config: { cert_file: gone.crt, key_file: web.key }", "1:20: tls_server_config: cannot be used: ")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: other.key }", "1:20: tls_server_config: cannot be used: ")]
    [InlineData("tls_server_config: { cert_file: web.key, key_file: web.key }", "1:20: tls_server_config: cannot be used: ")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, client_auth_type: VerifyClientCertIfGiven }",
        "1:20: tls_server_config.client_ca_file: is missing, but VerifyClientCertIfGiven requires it")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, client_auth_type: RequireAndVerifyClientCert, client_ca_file: web.key }",
        "1:20: tls_server_config: cannot be used: ")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, client_ca_file: ca.crt }", "1:20: tls_server_config.client_ca_file: has no effect")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, client_auth_type: require }", "\"require\" is not a client_auth_type")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, client_auth_type: \"4\" }", "\"4\" is not a client_auth_type")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, min_version: TLS11 }", "\"TLS11\" is not a supported TLS version")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, min_version: TLS13, max_version: TLS12 }", "is above max_version")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA] }",
        "cipher_suites[0]: \"TLS_RSA_WITH_RC4_128_SHA\" is not a supported cipher suite\n  hint: these are: TLS_AES_128_GCM_SHA256, ")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, max_version: TLS12, cipher_suites: [TLS_AES_128_GCM_SHA256] }", "cipher_suites: has none of TLS 1.2")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, min_version: TLS13, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] }",
        "cipher_suites: has no effect: it has none of TLS 1.3")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, prefer_server_cipher_suites: false }", "prefer_server_cipher_suites: cannot be false")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: web.key, curve_preferences: [X25519] }", "curve_preferences: is not supported here")]
    [InlineData("tls_server_config: { cert_fiel: web.crt, key_file: web.key }", "unknown key\n  hint: did you mean cert_file")]
    [InlineData("http_server_config: { headers: { Server: nginx } }", "http_server_config.headers.Server: this header cannot be set")]
    [InlineData("http_server_config: { headers: { X-Frame-Options: maybe } }", "\"maybe\" is not a value of this header")]
    [InlineData("http_server_config: { headers: { X-XSS-Protection: \"a\\nb\" } }", "has characters that are not allowed in a header")]
    [InlineData("http_server_config: { http2: perhaps }", "http_server_config.http2:")]
    [InlineData("tls_server_config: { cert_file: web.crt, key_file: \"-----BEGIN PRIVATE KEY-----\\nMIG\" }", "1:52: tls_server_config.key_file: holds a key or a certificate itself")]
    [InlineData("tls_server_config: { cert_file: /dev/zero, key_file: web.key }", "cannot be used: /dev/zero is a pipe or a device, not a regular file: it could not be read again")]
    [InlineData("tls_server_config: { cert_file: \"\", key_file: web.key }", "tls_server_config.cert_file: \"\" is not a path")]
    [InlineData("basic_auth_users: { a: $2y$99$aaaaaaaaaaaaaaaaaaaaaOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }", "basic_auth_users.a: is not a bcrypt hash")]
    [InlineData("basic_auth_users: { a: $2y$03$aaaaaaaaaaaaaaaaaaaaaOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }", "basic_auth_users.a: is not a bcrypt hash")]
    [InlineData("basic_auth_users: { a: $2y$10$aaaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }", "basic_auth_users.a: is not a bcrypt hash")]
    [InlineData("basic_auth_users: { a: $2y$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }", "basic_auth_users.a: is not a bcrypt hash")]
    [InlineData("basic_auth_users: { a: secret }", "1:24: basic_auth_users.a: is not a bcrypt hash")]
    [InlineData("rate_limit: { interval: 1s }", "rate_limit.burst: is missing: no request would be answered")]
    [InlineData("rate_limit: { interval: 1s, burst: 0 }", "rate_limit.burst: \"0\" is not a whole number between 1 and 1000000")]
    [InlineData("rate_limit: { interval: 1, burst: 5 }", "rate_limit.interval: \"1\" has no unit")]
    [InlineData("tls_server_config: [", "web.yml:2:1: ")]
    public void A_mistake_is_reported_with_its_place(string text, string expected)
    {
        var (configuration, errors) = Load(text);

        Assert.Null(configuration);
        Assert.Contains(expected, Assert.Single(errors).ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{ interval: 0, burst: 5 }")]
    [InlineData("{ burst: 5 }")]
    public void Without_an_interval_there_is_no_limit(string limit)
    {
        var (configuration, errors) = Load($"rate_limit: {limit}");

        Assert.Empty(errors);
        Assert.Null(configuration!.Limit);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once_and_no_password_is_repeated()
    {
        var (_, errors) = Load("basic_auth_users: { a: secret, b: hunter2 }\nhttp_server_config: { http3: true }\ncolour: red\n");

        Assert.Equal(4, errors.Count);
        Assert.DoesNotContain(errors, error => error.ToString().Contains("secret", StringComparison.Ordinal) || error.ToString().Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unreadable_file_is_reported_like_that_of_the_configuration()
    {
        Assert.Equal("/nowhere/web.yml: does not exist", Mistake("/nowhere/web.yml"));
        Assert.Equal("/tmp: is a directory, not a file", Mistake("/tmp"));
        Assert.Equal("/dev/zero: is a pipe or a device, not a regular file: it could not be read again", Mistake("/dev/zero"));
        Assert.EndsWith(":1:3: is not UTF-8 from here on\n  hint: save the file as UTF-8", Mistake(_files.Write("latin1.yml", [(byte)'#', (byte)' ', 0xE4])), StringComparison.Ordinal);
        Assert.Contains(": is a pipe or a device", Mistake(_files.Pipe("pipe.yml")), StringComparison.Ordinal);

        static string Mistake(string path) => Assert.Single(WebConfigurationFile.Load(path).Errors).ToString();
    }

    private (WebConfiguration? Configuration, IReadOnlyList<ConfigurationError> Errors) Load(string text) =>
        WebConfigurationFile.Load(_files.Write("web.yml", text));
}
