using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Dovecot with IMAP, POP3, ManageSieve and LMTP. It lets every handshake finish, and checks the certificate at a login: of the user in the
/// certificate, or of a user with a password.
/// </summary>
internal static class Dovecot
{
    public static readonly string[] Packages = ["dovecot-imapd", "dovecot-pop3d", "dovecot-managesieved", "dovecot-lmtpd"];

    /// <param name="endpoints">One for each protocol, by its name.</param>
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var configuration = workspace.Write("dovecot/dovecot.conf", $$"""
            base_dir = {{workspace.Folder("dovecot/run")}}
            state_dir = {{workspace.PathOf("dovecot/run")}}
            log_path = /dev/stderr
            default_internal_user = nobody
            default_internal_group = nogroup
            default_login_user = nobody
            protocols = imap pop3 sieve lmtp
            listen = 127.0.0.1
            ssl = required
            ssl_cert = <{{files.ServerCertificate(endpoints[0].Certificate)}}
            ssl_key = <{{files.ServerKey(endpoints[0].Certificate)}}
            ssl_ca = <{{files.Root}}
            ssl_require_crl = no
            ssl_verify_client_cert = yes
            auth_ssl_require_client_cert = yes
            auth_ssl_username_from_cert = yes
            auth_mechanisms = plain external
            auth_username_chars =
            auth_failure_delay = 0
            mail_location = maildir:{{workspace.Folder("dovecot/mail")}}
            passdb {
              driver = static
              args = password={{Logins.Word}}
              mechanisms = plain
            }
            passdb {
              driver = static
              args = nopassword
              mechanisms = external
            }
            userdb {
              driver = static
              args = uid=65534 gid=65534 home={{workspace.PathOf("dovecot/mail")}}
            }
            service anvil {
              chroot =
            }
            service stats {
              chroot =
            }
            service auth {
              user = nobody
            }
            {{Login("imap", endpoints, "imap", "imaps")}}
            {{Login("pop3", endpoints, "pop3", "pop3s")}}
            {{Login("managesieve", endpoints, "sieve")}}
            service lmtp {
              inet_listener lmtp {
                port = {{endpoints.First(endpoint => endpoint.Protocol == "lmtp").Port}}
              }
            }
            """);
        return ServerGroup.Ready(endpoints, Overlaid.Start("dovecot", Packages, "dovecot", ["-F", "-c", configuration]));
    }

    private static string Login(string service, IReadOnlyList<Endpoint> endpoints, params string[] protocols)
    {
        var listeners = protocols.Select(protocol => $$"""
              inet_listener {{protocol}} {
                port = {{endpoints.FirstOrDefault(endpoint => endpoint.Protocol == protocol)?.Port ?? 0}}
                ssl = {{(protocol.EndsWith('s') ? "yes" : "no")}}
              }

            """);
        // One waiting process takes every session, the usual setup of Dovecot for many sessions.
        return $"service {service}-login {{\n  chroot =\n  service_count = 0\n  process_min_avail = 1\n{string.Concat(listeners)}}}\n";
    }
}
