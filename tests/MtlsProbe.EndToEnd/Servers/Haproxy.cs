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
        var process = Run(workspace, sinkPort, string.Concat(endpoints.Select(e => Frontend(files, e))));
        return ServerGroup.Ready(endpoints, process);
    }

    /// <summary>The same server, plain TLS with a good certificate, on so many ports in a row.</summary>
    public static async Task<(ChildProcess Process, int FirstPort)> StartMany(Workspace workspace, PkiFiles files, int count, int sinkPort)
    {
        var first = Ports.Block(count);
        var process = Run(workspace, sinkPort, $"""
            frontend fleet
              mode tcp
              bind 127.0.0.1:{first}-{first + count - 1} ssl {Verification(files, "good")}
              default_backend sink
            """);
        await process.ListensOn(first + count - 1);
        return (process, first);
    }

    private static ChildProcess Run(Workspace workspace, int sinkPort, string frontends)
    {
        var configuration = workspace.Write("haproxy/haproxy.cfg", $"""
            global
              maxconn 1500
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
        return ChildProcess.Start("haproxy", "haproxy", ["-db", "-f", configuration]);
    }

    private static string Frontend(PkiFiles files, Endpoint endpoint) => $"""

        frontend {endpoint.Server}-{endpoint.Certificate}
          mode {(endpoint.Protocol == "https" ? "http" : "tcp")}
          bind 127.0.0.1:{endpoint.Port} ssl {Verification(files, endpoint.Certificate)}
          {(endpoint.Protocol == "https" ? "http-request return status 200 content-type text/plain string welcome" : "default_backend sink")}

        """;

    private static string Verification(PkiFiles files, string certificate) =>
        $"crt {files.ServerCombined(certificate)} verify required ca-file {files.Root} crl-file {files.RevocationLists}";
}
