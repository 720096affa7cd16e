using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>ocserv, the VPN server. It refuses by a reset, in TLS 1.2 inside the handshake. One process per port.</summary>
internal static class Ocserv
{
    public const string Package = "ocserv";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var configuration = workspace.Write($"ocserv/{endpoint.Port}.conf", $"""
            auth = "certificate"
            listen-host = {endpoint.Host}
            tcp-port = {endpoint.Port}
            run-as-user = nobody
            run-as-group = nobody
            isolate-workers = false
            socket-file = {workspace.PathOf($"ocserv/{endpoint.Port}.socket")}
            server-cert = {files.ServerCertificate(endpoint.Certificate)}
            server-key = {files.ServerKey(endpoint.Certificate)}
            ca-cert = {files.Root}
            cert-user-oid = 2.5.4.3
            tls-priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3"
            max-clients = 0
            rate-limit-ms = 0
            max-ban-score = 0
            use-occtl = false
            device = vpns
            ipv4-network = 192.168.99.0
            ipv4-netmask = 255.255.255.0

            """);
        var root = new Accounts(workspace, "nobody").EnvironmentOfRoot;
        return ServerGroup.Ready([endpoint], Unpacked.Package(Package).Start("ocserv", "usr/sbin/ocserv", ["-f", "-c", configuration], root));
    }
}
