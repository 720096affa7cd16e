using System.Net.Security;
using MtlsProbe.Config;

namespace MtlsProbe.Web;

/// <summary>The cipher suites that our own HTTP server can be limited to: those that Go's crypto/tls regards as secure, by their IANA names.</summary>
internal static class CipherSuites
{
    private static readonly TlsCipherSuite[] s_tls13 =
        [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    private static readonly TlsCipherSuite[] s_tls12 =
    [
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    ];

    /// <summary>By the names that Go accepts, including the short names of ChaCha20 suites.</summary>
    private static readonly Dictionary<string, TlsCipherSuite> s_known = s_tls13.Concat(s_tls12)
        .Select(suite => (Name: suite.ToString(), Suite: suite))
        .Concat(
        [
            ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
            ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
        ])
        .ToDictionary(StringComparer.Ordinal);

    public static Reading<TlsCipherSuite> Parse(string name) =>
        s_known.TryGetValue(name, out var suite)
            ? suite
            : Reading<TlsCipherSuite>.Wrong("is not a supported cipher suite", "these are: " + string.Join(", ", s_tls13.Concat(s_tls12)));

    public static bool IsOfTls13(TlsCipherSuite suite) => Array.IndexOf(s_tls13, suite) >= 0;

    /// <summary>Those of a list, and all of TLS 1.3 if it names none of them: as in Go, such a list limits TLS 1.2 only.</summary>
    public static IEnumerable<TlsCipherSuite> Served(IReadOnlyCollection<TlsCipherSuite> listed) => listed.Any(IsOfTls13) ? listed : s_tls13.Concat(listed);
}
