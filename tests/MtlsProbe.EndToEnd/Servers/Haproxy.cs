using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>haproxy with HTTP and with plain TLS behind it; both refuse with an alert.</summary>
internal static class Haproxy
{
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IEnumerable<string> certificates, int sinkPort)
    {
        IReadOnlyList<Endpoint> endpoints =
        [
            .. certificates.SelectMany(certificate =>
                new[] { Endpoint.Https("haproxy-http", certificate), Endpoint.Tls("haproxy-tcp", certificate) }),
        ];
        var configuration = Write(workspace, sinkPort, string.Concat(endpoints.Select(e => Frontend(files, e))));
        return ServerGroup.Ready(endpoints, ChildProcess.Start("haproxy", "haproxy", ["-db", "-f", configuration]));
    }

    /// <summary>The same server on these ports, with a master process that reloads and hands the listening sockets on.</summary>
    public static async Task<ILiveServer> StartLive(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, int sinkPort)
    {
        var group = await ServerGroup.Ready(endpoints, ChildProcess.StartGroup("haproxy", "haproxy", ["-W", "-db", "-f", WriteLive(endpoints)]));
        return new SignalledServer(group.Process, "USR2", changed => WriteLive(changed));

        string WriteLive(IReadOnlyList<Endpoint> endpoints) => Write(
            workspace, sinkPort, string.Concat(endpoints.Select(e => Frontend(files, e))), $"stats socket {workspace.PathOf("haproxy.socket")} expose-fd listeners");
    }

    /// <summary>The same server, plain TLS with a good certificate, on so many ports in a row.</summary>
    public static async Task<(ChildProcess Process, int FirstPort)> StartMany(Workspace workspace, PkiFiles files, int count, int sinkPort)
    {
        var first = Ports.Block(count);
        var configuration = Write(workspace, sinkPort, $"""
            frontend fleet
              mode tcp
              bind 127.0.0.1:{first}-{first + count - 1} ssl {Verification(files, new Endpoint("haproxy-tcp", "good", first, "tls"))}
              default_backend sink
            """);
        var process = ChildProcess.Start("haproxy", "haproxy", ["-db", "-f", configuration]);
        await process.ListensOn(first + count - 1);
        return (process, first);
    }

    /// <summary>A load balancer that passes connections on to these addresses in turn, TLS and all.</summary>
    public static async Task<(ChildProcess Process, int Port)> StartBalancer(Workspace workspace, IReadOnlyList<string> addresses)
    {
        var port = Ports.Free();
        var configuration = workspace.Write("balancer.cfg", $"""
            defaults
              mode tcp
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            listen balancer
              bind 127.0.0.1:{port}
              balance roundrobin
              {string.Join("\n  ", addresses.Select((address, number) => $"server replica{number} {address}"))}

            """);
        var process = ChildProcess.Start("haproxy balancer", "haproxy", ["-db", "-f", configuration]);
        await process.ListensOn(port);
        return (process, port);
    }

    private static string Write(Workspace workspace, int sinkPort, string frontends, string more = "") =>
        workspace.Write("haproxy/haproxy.cfg", $"""
            global
              maxconn 1500
              {more}
              ssl-default-bind-options ssl-min-ver TLSv1.2
            defaults
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            backend sink
              mode tcp
              server sink 127.0.0.1:{sinkPort}
            {frontends}

            """);

    private static string Frontend(PkiFiles files, Endpoint endpoint) => $"""

        frontend {endpoint.Server}-{endpoint.Port}
          mode {(endpoint.Protocol == "https" ? "http" : "tcp")}
          bind {endpoint.Host}:{endpoint.Port} ssl {Verification(files, endpoint)}
          {(endpoint.Protocol == "https" ? "http-request return status 200 content-type text/plain string welcome" : "default_backend sink")}

        """;

    private static string Verification(PkiFiles files, Endpoint endpoint)
    {
        var check = ClientCheck.Of(endpoint, files);
        var verify = check.Enforcement switch
        {
            Enforcement.Required => "required",
            Enforcement.Optional => "optional",
            Enforcement.Unasked => "none",
            _ => "optional ca-ignore-err all crt-ignore-err all",
        };
        var lists = check.RevocationLists is { } path ? $"crl-file {path}" : "";
        return $"crt {files.ServerCombined(endpoint.Certificate)} verify {verify} ca-file {check.Authorities} {lists}";
    }
}
