using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// etcd with client certificates and a revocation list. It refuses with the alert of Go. It checks for revocation itself after the handshake, and
/// closes on a revoked certificate.
/// </summary>
internal static class Etcd
{
    public const string Package = "etcd-server";

    /// <summary>Each port is probed for its health over HTTP, or without a request.</summary>
    public static IReadOnlyList<Endpoint> Endpoints(int ports) =>
    [
        .. from port in Enumerable.Range(0, ports)
           let tls = Endpoint.Tls("etcd", "good")
           from endpoint in (Endpoint[])[tls, tls with { Server = "etcd-https", Protocol = "https", Path = "/health" }]
           select endpoint,
    ];

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var clients = string.Join(',', endpoints.Select(e => Url("https", e.Host, e.Port)).Distinct());
        var peers = Url("http", "127.0.0.1", Ports.Free());
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("etcd", "usr/bin/etcd",
        [
            "--name", "single", "--data-dir", workspace.PathOf("etcd"), "--log-level", "error", "--heartbeat-interval", "20", "--election-timeout", "200",
            "--listen-client-urls", clients, "--advertise-client-urls", clients,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"single={peers}",
            "--cert-file", files.ServerCertificate(endpoints[0].Certificate), "--key-file", files.ServerKey(endpoints[0].Certificate),
            "--client-cert-auth", "--trusted-ca-file", files.Root, "--client-crl-file", files.ClientRevocationList,
        ]));
    }

    private static string Url(string scheme, string host, int port) => string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}");
}
