using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Redis, which refuses with an alert if it demands a certificate.</summary>
internal static class RedisServer
{
    public const string Package = "redis-server";

    /// <param name="authentication">The value of <c>tls-auth-clients</c>: <c>yes</c>, <c>optional</c>.</param>
    public static Task<ServerGroup> Start(PkiFiles files, Endpoint endpoint, string authentication) =>
        ServerGroup.Ready([endpoint], Unpacked.Package(Package).Start("redis", "usr/bin/redis-server",
        [
            "--port", "0", "--tls-port", endpoint.Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--tls-auth-clients", authentication,
            "--tls-cert-file", files.ServerCertificate(endpoint.Certificate), "--tls-key-file", files.ServerKey(endpoint.Certificate), "--tls-ca-cert-file", files.Root,
        ]));
}
