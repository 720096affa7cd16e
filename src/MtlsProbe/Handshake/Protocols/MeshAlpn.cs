using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// ALPN names that Istio's proxies offer each other in addition to those of the application protocol. In permissive mode, a sidecar treats only
/// connections that offer one of them as mutual TLS, and passes other TLS through unchanged.
/// </summary>
internal static class MeshAlpn
{
    /// <summary>The names with which HTTP/1.x is used.</summary>
    private static readonly ValueList<string> s_http1 = ["istio-http/1.1", "istio-http/1.0"];

    /// <summary>
    /// If a server selects one of these, HTTP does not follow: the application protocol is not known, or the proxies exchange their own messages
    /// first.
    /// </summary>
    private static readonly ValueList<string> s_other = ["istio", "istio-peer-exchange"];

    /// <summary>Whether a client that speaks HTTP/1.x may offer it.</summary>
    public static bool IsBesideHttp1(string name) => s_http1.Contains(name) || s_other.Contains(name);

    /// <summary>Whether a client that speaks HTTP/2 may offer it.</summary>
    public static bool IsBesideHttp2(string name) => name is "istio-h2" || s_other.Contains(name);

    /// <summary>Whether HTTP can be used after it was selected.</summary>
    public static bool IsHttp(string name) => !s_other.Contains(name);
}
