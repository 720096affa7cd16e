using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>FreeRADIUS with RADIUS over TLS (RadSec). It refuses by a bare close, and does not answer a close_notify while TCP stays open.</summary>
internal static class FreeRadius
{
    public const string Package = "freeradius";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var package = Unpacked.Package(Package);
        var folder = workspace.Folder("freeradius");
        workspace.Write("freeradius/radiusd.conf", $$"""
            prefix = {{folder}}
            raddbdir = {{folder}}
            logdir = {{folder}}
            run_dir = {{folder}}
            libdir = {{package.PathOf("usr/lib/freeradius")}}
            log {
              destination = stdout
            }
            security {
              allow_vulnerable_openssl = yes
            }
            thread pool {
              start_servers = 2
              max_servers = 4
              min_spare_servers = 1
              max_spare_servers = 2
            }
            modules {
              always ok {
                rcode = ok
              }
            }
            clients radsec {
              client local {
                ipaddr = 127.0.0.1
                proto = tls
                secret = radsec
                limit {
                  max_connections = 0
                }
              }
            }
            server default {
              authorize {
                ok
              }
              {{string.Concat(endpoints.Select(e => Listener(files, e)))}}
            }

            """);
        var dictionary = package.PathOf("usr/share/freeradius");
        return ServerGroup.Ready(
            endpoints, package.Start("freeradius", "usr/sbin/freeradius", ["-f", "-l", "stdout", "-d", folder, "-D", dictionary, "-n", "radiusd"]));
    }

    private static string Listener(PkiFiles files, Endpoint endpoint) => $$"""

        listen {
          type = auth
          proto = tcp
          ipaddr = {{endpoint.Host}}
          port = {{endpoint.Port}}
          virtual_server = default
          clients = radsec
          limit {
            max_connections = 0
            lifetime = 0
            idle_timeout = 60
          }
          tls {
            certificate_file = {{files.ServerCertificate(endpoint.Certificate)}}
            private_key_file = {{files.ServerKey(endpoint.Certificate)}}
            ca_file = {{files.Root}}
            require_client_cert = yes
            tls_min_version = "1.2"
            tls_max_version = "1.3"
            ecdh_curve = ""
            cache {
              enable = no
            }
          }
        }

        """;
}
