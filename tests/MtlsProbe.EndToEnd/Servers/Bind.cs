using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>BIND 9 with DNS over TLS. It refuses by a bare close, and does not answer a close_notify while TCP stays open.</summary>
internal static class Bind
{
    public const string Package = "bind9";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var configuration = workspace.Write("bind/named.conf", $$"""
            options {
              directory "{{workspace.Folder("bind")}}";
              pid-file none;
              session-keyfile none;
              recursion no;
              dnssec-validation no;
              listen-on-v6 { none; };
              {{string.Join("\n  ", endpoints.Select(e => $"listen-on port {e.Port} tls mutual {{ {e.Host}; }};"))}}
            };
            controls { };
            tls mutual {
              cert-file "{{files.ServerCertificate(endpoints[0].Certificate)}}";
              key-file "{{files.ServerKey(endpoints[0].Certificate)}}";
              ca-file "{{files.Root}}";
              protocols { TLSv1.2; TLSv1.3; };
            };

            """);
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("named", "usr/sbin/named", ["-g", "-n", "1", "-c", configuration]));
    }
}
