using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Prosody, which refuses a client without a certificate with an alert, and accepts all others: it checks at the login.</summary>
internal static class Prosody
{
    public const string Package = "prosody";

    /// <param name="endpoints">After STARTTLS, with TLS from the first octet, and for other servers.</param>
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var configuration = workspace.Write("prosody/prosody.cfg.lua", $$"""
            interfaces = { "127.0.0.1" }
            c2s_ports = { {{endpoints[0].Port}} }
            c2s_direct_tls_ports = { {{endpoints[1].Port}} }
            s2s_ports = { {{endpoints[2].Port}} }
            data_path = "{{workspace.Folder("prosody/data")}}"
            certificates = "{{workspace.Folder("prosody/certs")}}"
            modules_enabled = { "tls", "saslauth", "dialback" }
            modules_disabled = { "posix" }
            c2s_require_encryption = true
            log = { { levels = { min = "info" }, to = "console" } }
            ssl = {
              key = "{{files.ServerKey(endpoints[0].Certificate)}}",
              certificate = "{{files.ServerCertificate(endpoints[0].Certificate)}}",
              cafile = "{{files.Root}}",
              verify = { "peer", "fail_if_no_peer_cert" },
              verifyext = {},
            }
            c2s_ssl = ssl
            c2s_direct_tls_ssl = ssl
            s2s_ssl = ssl
            VirtualHost "server.test"
              ssl = ssl

            """);
        return ServerGroup.Ready(endpoints, Overlaid.Start("prosody", [Package], "prosody", ["-F", "--config", configuration]));
    }
}
