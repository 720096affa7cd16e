using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// nginx as an HTTP server, which lets the handshake pass and refuses in its answer, and as a stream proxy, which refuses by
/// closing after the handshake. One process without workers, so that one kill ends it.
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
        var folder = workspace.Folder("nginx");
        var configuration = workspace.Write("nginx/nginx.conf", $$"""
            load_module {{Needs.NginxStreamModule}};
            {{Single(folder)}}
            http {
            {{Paths(folder)}}
            {{string.Concat(endpoints.Where(e => e.Protocol == "https").Select(e => $$"""
                server {
                  listen 127.0.0.1:{{e.Port}} ssl;
                  {{Verification(files, e)}}
                  location / { return 200 "welcome\n"; }
                }

                """))}}
            }
            stream {
            {{string.Concat(endpoints.Where(e => e.Protocol == "tls").Select(e => $$"""
                server {
                  listen 127.0.0.1:{{e.Port}} ssl;
                  {{Verification(files, e)}}
                  proxy_pass 127.0.0.1:{{sinkPort}};
                }

                """))}}
            }
            """);
        return ServerGroup.Ready(endpoints, Run(configuration, folder));
    }

    /// <summary>A plain HTTP proxy that asks its origin for the text format 0.0.4 whatever its client asked for.</summary>
    public static async Task<(ChildProcess Process, int Port)> StartTextProxy(Workspace workspace, int originPort)
    {
        var port = Ports.Free();
        var folder = workspace.Folder("nginx-proxy");
        var configuration = workspace.Write("nginx-proxy/nginx.conf", $$"""
            {{Single(folder)}}
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

    private static ChildProcess Run(string configuration, string folder) =>
        ChildProcess.Start("nginx", "nginx", ["-c", configuration, "-p", folder, "-e", Path.Combine(folder, "error.log")]);

    private static string Single(string folder) => $$"""
        daemon off;
        master_process off;
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

    private static string Verification(PkiFiles files, Endpoint endpoint) => $"""
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {files.ServerCertificate(endpoint.Certificate)};
        ssl_certificate_key {files.ServerKey(endpoint.Certificate)};
        ssl_client_certificate {files.Root};
        ssl_crl {files.RevocationLists};
        ssl_verify_client on;
        ssl_verify_depth 4;
        """;
}
