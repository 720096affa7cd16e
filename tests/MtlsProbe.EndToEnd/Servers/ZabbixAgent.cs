using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// The second Zabbix agent. It refuses by a bare close, and does not answer a close_notify while TCP stays open. It serves one
/// connection after the other, and takes certificates with RSA keys only. One process per port, which waits for its clients longer than
/// a probe that has had to wait for others is silent.
/// </summary>
internal static class ZabbixAgent
{
    public const string Package = "zabbix-agent2";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var configuration = workspace.Write($"zabbix/{endpoint.Port}.conf", $"""
            LogType=console
            Hostname=server.test
            Server=127.0.0.1
            Timeout=30
            ListenIP={endpoint.Host}
            ListenPort={endpoint.Port}
            PidFile={workspace.PathOf($"zabbix/{endpoint.Port}.pid")}
            ControlSocket={workspace.PathOf($"zabbix/{endpoint.Port}.control")}
            PluginSocket={workspace.PathOf($"zabbix/{endpoint.Port}.plugin")}
            TLSAccept=cert
            TLSCAFile={files.Root}
            TLSCertFile={files.ServerCertificate(endpoint.Certificate)}
            TLSKeyFile={files.ServerKey(endpoint.Certificate)}

            """);
        return ServerGroup.Ready([endpoint], Unpacked.Package(Package).Start("zabbix_agent2", "usr/sbin/zabbix_agent2", ["-f", "-c", configuration]));
    }
}
