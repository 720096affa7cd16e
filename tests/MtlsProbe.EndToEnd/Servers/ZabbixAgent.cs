using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// The second Zabbix agent. It refuses by a bare close, and does not answer a close_notify while TCP stays open. At each of its addresses it serves
/// one connection after the other; it accepts only certificates with RSA keys.
/// </summary>
internal static class ZabbixAgent
{
    public const string Package = "zabbix-agent2";

    /// <summary>One port at this many loopback addresses.</summary>
    public static IReadOnlyList<Endpoint> Endpoints(int addresses)
    {
        var port = Ports.Free();
        return
        [
            .. Enumerable.Range(1, addresses).Select(number =>
                new Endpoint("zabbix-agent", "rsa", port, "tls") { Host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.{number}") }),
        ];
    }

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        // It serves one connection at a time, and its own timeout of 3 s ends those that have waited in its queue.
        var configuration = workspace.Write("zabbix/agent.conf", $"""
            LogType=console
            Hostname=server.test
            Server=127.0.0.0/8
            Timeout=30
            ListenIP={string.Join(',', endpoints.Select(e => e.Host))}
            ListenPort={endpoints[0].Port}
            PidFile={workspace.PathOf("zabbix/pid")}
            ControlSocket={workspace.PathOf("zabbix/control")}
            PluginSocket={workspace.PathOf("zabbix/plugin")}
            TLSAccept=cert
            TLSCAFile={files.Root}
            TLSCertFile={files.ServerCertificate(endpoints[0].Certificate)}
            TLSKeyFile={files.ServerKey(endpoints[0].Certificate)}

            """);
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("zabbix_agent2", "usr/sbin/zabbix_agent2", ["-f", "-c", configuration]));
    }
}
