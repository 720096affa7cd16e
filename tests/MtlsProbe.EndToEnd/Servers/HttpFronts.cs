using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// nginx, haproxy and apache in configurations that tell a bad client nothing, and with the answers that they give for a service behind them: what
/// such an answer, or its absence, says about the credential.
/// </summary>
internal sealed class HttpFronts : IAsyncDisposable
{
    /// <summary>The statuses with which a front answers for a service, beside 421.</summary>
    public static readonly IReadOnlyList<int> Statuses = [407, 421, 502, 503, 504];

    private readonly List<ServerGroup> _running = [];

    /// <summary>By name: <c>nginx-444</c>, <c>nginx-unasked</c>, <c>haproxy-drop-http</c>, <c>haproxy-drop-tcp</c>, <c>haproxy-hole</c>, <c>haproxy-unasked</c>, <c>asked-421</c>, <c>unasked-502</c> …, and those of <see cref="MisdirectedApache"/>.</summary>
    public IReadOnlyDictionary<string, Endpoint> Endpoints => _running.SelectMany(group => group.Endpoints).ToDictionary(endpoint => endpoint.Server);

    public static async Task<HttpFronts> Start(Workspace workspace, PkiFiles files, int sinkPort)
    {
        var fronts = new HttpFronts();
        fronts._running.Add(await Nginx(workspace, files));
        fronts._running.Add(await Haproxy(workspace, files, sinkPort));
        fronts._running.Add(await MisdirectedApache.Start(workspace, files));
        return fronts;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var group in _running) await group.DisposeAsync();
    }

    private static Task<ServerGroup> Nginx(Workspace workspace, PkiFiles files)
    {
        var (silent, unasked) = (Endpoint.Https("nginx-444", "good"), Endpoint.Https("nginx-unasked", "good"));
        var folder = workspace.Folder("fronts-nginx");
        var configuration = workspace.Write("fronts-nginx/nginx.conf", $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log info;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              ssl_protocols TLSv1.2 TLSv1.3;
              ssl_certificate {{files.ServerCertificate("good")}};
              ssl_certificate_key {{files.ServerKey("good")}};
              ssl_client_certificate {{files.Root}};
              ssl_verify_depth 4;
              server {
                listen 127.0.0.1:{{silent.Port}} ssl;
                ssl_verify_client on;
                error_page 495 496 =444 @silent;
                location @silent { return 444; }
                location / { return 200 "welcome\n"; }
              }
              server {
                listen 127.0.0.1:{{unasked.Port}} ssl;
                ssl_verify_client off;
                location / { return 200 "welcome\n"; }
              }
            }
            """);
        return ServerGroup.Ready([silent, unasked], ChildProcess.Start("nginx fronts", "nginx", ["-c", configuration, "-p", folder, "-e", Path.Combine(folder, "error.log")]));
    }

    private static Task<ServerGroup> Haproxy(Workspace workspace, PkiFiles files, int sinkPort)
    {
        const string stranger = "!{ ssl_c_used } or { ssl_c_verify gt 0 }";
        const string looks = "verify optional ca-ignore-err all crt-ignore-err all";
        List<Endpoint> endpoints = [];
        var frontends = new List<string>
        {
            Frontend(Endpoint.Https("haproxy-drop-http", "good"), "http", looks, $"http-request silent-drop if {stranger}", Welcome),
            Frontend(Endpoint.Https("haproxy-drop-tcp", "good"), "tcp", looks, $"tcp-request session silent-drop if {stranger}", "default_backend welcome"),
            Frontend(Endpoint.Https("haproxy-hole", "good"), "http", looks, $"use_backend hole if {stranger}", "default_backend served"),
            Frontend(Endpoint.Https("haproxy-unasked", "good"), "http", "verify none", Welcome),
            Frontend(Endpoint.Tls("haproxy-unasked-tcp", "good"), "tcp", "verify none", "default_backend sink"),
        };
        foreach (var status in Statuses)
        {
            var answer = string.Create(CultureInfo.InvariantCulture, $"http-request return status {status} content-type text/plain string no hdr Server front hdr Via \"1.1 front\"");
            frontends.Add(Frontend(Endpoint.Https($"asked-{status}", "good"), "http", "verify optional", answer));
            frontends.Add(Frontend(Endpoint.Https($"unasked-{status}", "good"), "http", "verify none", answer));
        }

        var inner = Ports.Free();
        var configuration = workspace.Write("fronts-haproxy/haproxy.cfg", $"""
            global
              ssl-default-bind-options ssl-min-ver TLSv1.2
            defaults
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            backend sink
              mode tcp
              server sink 127.0.0.1:{sinkPort}
            backend hole
              mode http
              server sink 127.0.0.1:{sinkPort}
            backend served
              mode http
              server inner 127.0.0.1:{inner}
            backend welcome
              mode tcp
              server inner 127.0.0.1:{inner}
            frontend inner
              mode http
              bind 127.0.0.1:{inner}
              {Welcome}
            {string.Concat(frontends)}

            """);
        return ServerGroup.Ready(endpoints, ChildProcess.Start("haproxy fronts", "haproxy", ["-db", "-f", configuration]));

        string Frontend(Endpoint endpoint, string mode, string verify, params string[] rules)
        {
            endpoints.Add(endpoint);
            return $"""

                frontend {endpoint.Server}
                  mode {mode}
                  bind 127.0.0.1:{endpoint.Port} ssl crt {files.ServerCombined("good")} {verify} ca-file {files.Root}
                  {string.Join("\n  ", rules)}

                """;
        }
    }

    private const string Welcome = "http-request return status 200 content-type text/plain string welcome";
}
