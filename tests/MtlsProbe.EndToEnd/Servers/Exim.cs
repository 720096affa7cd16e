using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>exim with TLS from the first octet, or after STARTTLS, with GnuTLS, which answers the empty list of TLS 1.2 with decode_error.</summary>
internal static class Exim
{
    public const string Package = "exim4-daemon-heavy";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, bool atOnce = true)
    {
        var ports = string.Join(" : ", endpoints.Select(e => e.Port));
        var configuration = workspace.Write("exim/exim.conf", $"""
            primary_hostname = server.test
            spool_directory = {workspace.Folder("exim/spool")}
            log_file_path = {workspace.Folder("exim/log")}/%slog
            exim_user = Debian-exim
            exim_group = Debian-exim
            local_interfaces = 127.0.0.1
            daemon_smtp_ports = {ports}
            tls_on_connect_ports = {(atOnce ? ports : "")}
            smtp_accept_max = 0
            host_lookup =
            tls_advertise_hosts = *
            tls_certificate = {files.ServerCertificate(endpoints[0].Certificate)}
            tls_privatekey = {files.ServerKey(endpoints[0].Certificate)}
            tls_verify_certificates = {files.Root}
            tls_crl = {files.RevocationLists}
            tls_verify_hosts = *

            """);

        // As root it would give up the right to read its files; as another user it wants to own them, and no wrapper simulates that.
        var accounts = new Accounts(workspace, "Debian-exim");
        var environment = Environment.IsPrivilegedProcess ? accounts.EnvironmentOfRoot : accounts.Environment;
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("exim", "usr/sbin/exim4", ["-bdf", "-C", configuration], environment));
    }
}
