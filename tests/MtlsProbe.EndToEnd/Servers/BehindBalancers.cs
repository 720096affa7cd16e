using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// haproxy and nginx as HTTP servers, each at a usual port and at one that requires a PROXY header first. They print where connections came from,
/// according to the header.
/// </summary>
internal static class BehindBalancers
{
    /// <param name="plain">Without a header.</param>
    /// <param name="told">With one.</param>
    public static Task<ServerGroup> StartHaproxy(Workspace workspace, PkiFiles files, Endpoint plain, Endpoint told)
    {
        var configuration = workspace.Write("haproxy-told/haproxy.cfg", $"""
            global
              log stdout format raw daemon
              ssl-default-bind-options ssl-min-ver TLSv1.2
            defaults
              mode http
              log global
              log-format "arrived %ci %fi %cp %fp"
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend served
              bind 127.0.0.1:{plain.Port} ssl {Verification()}
              bind 127.0.0.1:{told.Port} accept-proxy ssl {Verification()}
              http-request return status 200 content-type text/plain string welcome

            """);
        return ServerGroup.Ready([plain, told], ChildProcess.Start("haproxy", "haproxy", ["-db", "-f", configuration]));

        string Verification() => $"crt {files.ServerCombined(plain.Certificate)} verify required ca-file {files.Root}";
    }

    /// <inheritdoc cref="StartHaproxy"/>
    public static Task<ServerGroup> StartNginx(Workspace workspace, PkiFiles files, Endpoint plain, Endpoint told)
    {
        var folder = workspace.Folder("nginx-told");
        var configuration = workspace.Write("nginx-told/nginx.conf", $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log stderr;
            events {}
            http {
              log_format arrived "arrived $proxy_protocol_addr $proxy_protocol_server_addr $proxy_protocol_port $proxy_protocol_server_port";
              access_log /dev/stdout arrived;
              client_body_temp_path {{folder}};
              proxy_temp_path {{folder}};
              fastcgi_temp_path {{folder}};
              uwsgi_temp_path {{folder}};
              scgi_temp_path {{folder}};
              ssl_protocols TLSv1.2 TLSv1.3;
              ssl_certificate {{files.ServerCertificate(plain.Certificate)}};
              ssl_certificate_key {{files.ServerKey(plain.Certificate)}};
              ssl_client_certificate {{files.Root}};
              ssl_verify_client on;
              ssl_verify_depth 3;
              server {
                listen 127.0.0.1:{{plain.Port}} ssl;
                listen 127.0.0.1:{{told.Port}} ssl proxy_protocol;
                location / { return 200 "welcome"; }
              }
            }

            """);
        return ServerGroup.Ready([plain, told], ChildProcess.Start("nginx-told", "nginx", ["-e", "stderr", "-c", configuration, "-p", folder]));
    }
}
