using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>vsftpd after AUTH TLS, or with TLS from the first octet. It refuses with an alert.</summary>
internal static class Vsftpd
{
    public const string Package = "vsftpd";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var configuration = workspace.Write($"vsftpd-{endpoint.Port}.conf", $"""
            listen=YES
            listen_address=127.0.0.1
            listen_port={endpoint.Port}
            run_as_launching_user=YES
            background=NO
            ftp_username=nobody
            nopriv_user=nobody
            anonymous_enable=YES
            secure_chroot_dir={workspace.Folder("vsftpd")}
            seccomp_sandbox=NO
            isolate=NO
            isolate_network=NO
            ssl_enable=YES
            implicit_ssl={(endpoint.Protocol == "ftps" ? "YES" : "NO")}
            allow_anon_ssl=YES
            ssl_tlsv1=YES
            ssl_ciphers=HIGH
            rsa_cert_file={files.ServerCertificate(endpoint.Certificate)}
            rsa_private_key_file={files.ServerKey(endpoint.Certificate)}
            ca_certs_file={files.Root}
            require_cert=YES
            validate_cert=YES

            """);
        return ServerGroup.Ready([endpoint], Overlaid.Start("vsftpd", [Package], "vsftpd", [configuration]));
    }
}
