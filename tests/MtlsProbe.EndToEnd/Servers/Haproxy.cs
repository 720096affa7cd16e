using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>haproxy in front of HTTP and of plain TCP; both refuse with an alert.</summary>
internal static class Haproxy
{
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IEnumerable<string> certificates, int sinkPort)
    {
        IReadOnlyList<Endpoint> endpoints =
        [
            .. certificates.SelectMany(certificate =>
                new[] { Endpoint.Https("haproxy-http", certificate), Endpoint.Tls("haproxy-tcp", certificate) }),
        ];
        return Start(workspace, files, endpoints, sinkPort);
    }

    /// <summary>The same server on these ports.</summary>
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, int sinkPort) =>
        Run(endpoints, Write(workspace, sinkPort, string.Concat(endpoints.Select(e => Frontend(files, e)))));

    /// <summary>TLS in front of a service with a health check: while the service is down, haproxy closes every connection that it has accepted.</summary>
    public static Task<ServerGroup> StartBefore(Workspace workspace, PkiFiles files, int backendPort)
    {
        IReadOnlyList<Endpoint> endpoints = [Endpoint.Tls("haproxy-before", "good")];
        var configuration = Write(
            workspace, backendPort, string.Concat(endpoints.Select(e => Frontend(files, e))), serverOptions: "check inter 100ms fall 1 rise 1", folder: "haproxy-before");
        return Run(endpoints, configuration);
    }

    /// <summary>
    /// Drops connections silently: at <c>haproxy-drop-tcp</c> every accepted one, at <c>haproxy-drop-http</c>, after the request, those without a
    /// good certificate.
    /// </summary>
    public static Task<ServerGroup> StartDropping(Workspace workspace, PkiFiles files)
    {
        var tcp = Endpoint.Tls("haproxy-drop-tcp", "good");
        var http = Endpoint.Https("haproxy-drop-http", "good") with { Check = new ClientCheck(files.Root) { Enforcement = Enforcement.Ignored } };
        IReadOnlyList<Endpoint> endpoints = [tcp, http];
        var configuration = Write(workspace, Ports.Free(), folder: "haproxy-drop", frontends:
            Frontend(files, tcp, "tcp-request content silent-drop")
            + Frontend(files, http, "http-request silent-drop if { ssl_c_verify gt 0 } or ! { ssl_c_used }"));
        return Run(endpoints, configuration);
    }

    /// <summary>The same server on these ports, with a master process that reloads and passes the listening sockets on.</summary>
    public static async Task<ILiveServer> StartLive(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, int sinkPort)
    {
        var group = await ServerGroup.Ready(endpoints, ChildProcess.StartGroup("haproxy", "haproxy", ["-W", "-db", "-f", WriteLive(endpoints)]));
        return new SignalledServer(group.Process, "USR2", changed => WriteLive(changed));

        string WriteLive(IReadOnlyList<Endpoint> endpoints) => Write(
            workspace, sinkPort, string.Concat(endpoints.Select(e => Frontend(files, e))), $"stats socket {workspace.PathOf("haproxy.socket")} expose-fd listeners");
    }

    /// <summary>The same server, TLS only with a good certificate, on this many ports in a row.</summary>
    public static async Task<(ChildProcess Process, int FirstPort)> StartMany(Workspace workspace, PkiFiles files, int count, int sinkPort, string protocol, bool isIdle = false)
    {
        var first = Ports.Block(count);
        var configuration = Write(workspace, sinkPort, $"""
            frontend fleet
              mode {Mode(protocol)}
              bind 127.0.0.1:{first}-{first + count - 1} ssl {Verification(files, new Endpoint("haproxy", "good", first, protocol))}
              {Service(protocol)}
            """);
        IReadOnlyList<string> command = [.. isIdle ? IdleTime.Command : [], "haproxy", "-db", "-f", configuration];
        var process = ChildProcess.Start("haproxy", command[0], command.Skip(1));
        await process.ListensOn(first + count - 1);
        return (process, first);
    }

    /// <summary>A load balancer that passes connections to these addresses in turn, including TLS.</summary>
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

    private static Task<ServerGroup> Run(IReadOnlyList<Endpoint> endpoints, string configuration) =>
        ServerGroup.Ready(endpoints, ChildProcess.Start("haproxy", "haproxy", ["-db", "-f", configuration]));

    private static string Write(
        Workspace workspace, int sinkPort, string frontends, string more = "", string serverOptions = "", string folder = "haproxy") =>
        workspace.Write($"{folder}/haproxy.cfg", $"""
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
              server sink 127.0.0.1:{sinkPort} {serverOptions}
            {frontends}

            """);

    /// <param name="rule">The rule in front of the service, as in the configuration.</param>
    private static string Frontend(PkiFiles files, Endpoint endpoint, string rule = "") => $"""

        frontend {endpoint.Server}-{endpoint.Port}
          mode {Mode(endpoint.Protocol)}
          bind {endpoint.Host}:{endpoint.Port} ssl {Verification(files, endpoint)}
          {rule}
          {Service(endpoint.Protocol)}

        """;

    private static string Mode(string protocol) => protocol == "https" ? "http" : "tcp";

    private static string Service(string protocol) =>
        protocol == "https" ? "http-request return status 200 content-type text/plain string welcome" : "default_backend sink";

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
