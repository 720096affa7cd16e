using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// nginx as an HTTP server, which completes the handshake and refuses in its answer, and as a stream proxy, which refuses by a close after the
/// handshake.
/// </summary>
internal static class Nginx
{
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IEnumerable<string> certificates, int sinkPort)
    {
        IReadOnlyList<Endpoint> endpoints =
        [
            .. certificates.SelectMany(certificate =>
                new[] { Endpoint.Https("nginx-http", certificate), Endpoint.Tls("nginx-stream", certificate) }),
        ];
        var configuration = Write(workspace, files, endpoints, sinkPort, master: false);
        return ServerGroup.Ready(endpoints, Run(configuration, workspace.Folder("nginx")));
    }

    /// <summary>The same server on these ports, with a master process.</summary>
    public static Task<ServerGroup> StartMaster(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, int sinkPort)
    {
        var configuration = Write(workspace, files, endpoints, sinkPort, master: true);
        return ServerGroup.Ready(endpoints, Run(configuration, workspace.Folder("nginx"), ChildProcess.StartGroup));
    }

    /// <summary>The same, and it reloads.</summary>
    public static async Task<ILiveServer> StartLive(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, int sinkPort)
    {
        var group = await StartMaster(workspace, files, endpoints, sinkPort);
        return new SignalledServer(group.Process, "HUP", changed => Write(workspace, files, changed, sinkPort, master: true));
    }

    private static string Write(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, int sinkPort, bool master)
    {
        var folder = workspace.Folder("nginx");
        return workspace.Write("nginx/nginx.conf", $$"""
            load_module {{Needs.NginxStreamModule}};
            {{Processes(folder, master)}}
            http {
            {{Paths(folder)}}
            {{string.Concat(endpoints.Where(e => e.Protocol == "https" && e.Face != Face.Closed).Select(e => $$"""
                server {
                  listen {{e.Host}}:{{e.Port}}{{(e.Face == Face.Tls ? " ssl" : "")}};
                  {{Verification(files, e)}}
                  location / { return {{e.Status}} "welcome\n"; }
                }

                """))}}
            }
            stream {
            {{string.Concat(endpoints.Where(e => e.Protocol == "tls").Select(e => $$"""
                server {
                  listen {{e.Host}}:{{e.Port}} ssl;
                  {{Verification(files, e)}}
                  proxy_pass 127.0.0.1:{{sinkPort}};
                }

                """))}}
            }
            """);
    }

    /// <summary>A plain HTTP proxy that requests the text format 0.0.4 from its origin, whatever its client requested.</summary>
    public static async Task<(ChildProcess Process, int Port)> StartTextProxy(Workspace workspace, int originPort)
    {
        var port = Ports.Free();
        var folder = workspace.Folder("nginx-proxy");
        var configuration = workspace.Write("nginx-proxy/nginx.conf", $$"""
            {{Processes(folder, master: false)}}
            http {
            {{Paths(folder)}}
              server {
                listen 127.0.0.1:{{port}};
                location / { proxy_pass http://127.0.0.1:{{originPort}}; proxy_set_header Accept "text/plain;version=0.0.4"; }
              }
            }
            """);
        var process = Run(configuration, folder);
        await process.ListensOn(port);
        return (process, port);
    }

    /// <summary>A plain HTTP proxy that answers from its cache if its origin does not answer.</summary>
    public static async Task<(ChildProcess Process, int Port)> StartCachingProxy(Workspace workspace, int originPort)
    {
        var port = Ports.Free();
        var folder = workspace.Folder("nginx-cache");
        var configuration = workspace.Write("nginx-cache/nginx.conf", $$"""
            {{Processes(folder, master: false)}}
            http {
            {{Paths(folder)}}
              proxy_cache_path {{folder}}/cache keys_zone=cache:1m;
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass http://127.0.0.1:{{originPort}};
                  proxy_read_timeout 500ms;
                  proxy_ignore_headers Cache-Control Expires Vary;
                  proxy_cache cache;
                  proxy_cache_valid 200 1s;
                  proxy_cache_use_stale error timeout;
                }
              }
            }
            """);
        var process = Run(configuration, folder);
        await process.ListensOn(port);
        return (process, port);
    }

    private static ChildProcess Run(string configuration, string folder) => Run(configuration, folder, (name, program, arguments) => ChildProcess.Start(name, program, arguments));

    private static ChildProcess Run(string configuration, string folder, Func<string, string, IEnumerable<string>, ChildProcess> start) =>
        start("nginx", "nginx", ["-c", configuration, "-p", folder, "-e", Path.Combine(folder, "error.log")]);

    /// <param name="master">Without a master process there are no workers either, so one kill ends it.</param>
    private static string Processes(string folder, bool master) => $$"""
        daemon off;
        master_process {{(master ? "on" : "off")}};
        pid {{folder}}/nginx.pid;
        error_log {{folder}}/error.log info;
        events { worker_connections 8192; }
        """;

    private static string Paths(string folder) => $"""
        access_log off;
        client_body_temp_path {folder}/body;
        proxy_temp_path {folder}/proxy;
        fastcgi_temp_path {folder}/fastcgi;
        uwsgi_temp_path {folder}/uwsgi;
        scgi_temp_path {folder}/scgi;
        """;

    private static string Verification(PkiFiles files, Endpoint endpoint)
    {
        var check = ClientCheck.Of(endpoint, files);
        var verify = check.Enforcement switch
        {
            Enforcement.Required => "on",
            Enforcement.Optional => "optional",
            Enforcement.Unasked => "off",
            _ => "optional_no_ca",
        };
        return $"""
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_certificate {files.ServerCertificate(endpoint.Certificate)};
            ssl_certificate_key {files.ServerKey(endpoint.Certificate)};
            ssl_client_certificate {check.Authorities};
            {(check.RevocationLists is { } lists ? $"ssl_crl {lists};" : "")}
            {(endpoint.Stapled is { } response ? $"ssl_stapling on;\nssl_stapling_file {response};" : "")}
            ssl_verify_client {verify};
            ssl_verify_depth 4;
            """;
    }
}
