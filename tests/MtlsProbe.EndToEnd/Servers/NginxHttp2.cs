using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>nginx with HTTP/2. Every client completes the handshake; nginx refuses with status 400.</summary>
internal static class NginxHttp2
{
    public const string Program = "nginx";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var folder = workspace.Folder("nginx-http2");
        var configuration = workspace.Write("nginx-http2/nginx.conf", $$"""
            daemon off;
            pid {{folder}}/pid;
            error_log stderr;
            events {}
            http {
              access_log off;
              client_body_temp_path {{folder}};
              proxy_temp_path {{folder}};
              fastcgi_temp_path {{folder}};
              uwsgi_temp_path {{folder}};
              scgi_temp_path {{folder}};
              server {
                listen 127.0.0.1:{{endpoint.Port}} ssl http2;
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_certificate {{files.ServerCertificate(endpoint.Certificate)}};
                ssl_certificate_key {{files.ServerKey(endpoint.Certificate)}};
                ssl_client_certificate {{files.Root}};
                ssl_crl {{files.RevocationLists}};
                ssl_verify_client on;
                ssl_verify_depth 3;
                location / { return 200 "welcome"; }
              }
            }

            """);
        return ServerGroup.Ready([endpoint], ChildProcess.StartGroup("nginx-http2", Program, ["-e", "stderr", "-c", configuration]));
    }
}
