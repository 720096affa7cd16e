using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// ALPN names that the proxies of Istio offer each other beside those of what they speak. In permissive mode a sidecar takes for mutual TLS
/// only what offers one of them, and passes other TLS on as it is.
/// </summary>
internal static class MeshAlpn
{
    /// <summary>What is spoken in HTTP/1.x all the same.</summary>
    private static readonly ValueList<string> s_http1 = ["istio-http/1.1", "istio-http/1.0"];

    /// <summary>Where a server agrees to one of these, no HTTP follows: what the application speaks is not said, or the proxies' own words come first.</summary>
    private static readonly ValueList<string> s_other = ["istio", "istio-peer-exchange"];

    /// <summary>Whether a client that speaks HTTP/1.x may offer it.</summary>
    public static bool IsBesideHttp1(string name) => s_http1.Contains(name) || s_other.Contains(name);

    /// <summary>Whether a client that speaks HTTP/2 may offer it.</summary>
    public static bool IsBesideHttp2(string name) => name is "istio-h2" || s_other.Contains(name);

    /// <summary>Whether HTTP may be spoken after it was agreed.</summary>
    public static bool IsHttp(string name) => !s_other.Contains(name);
}
