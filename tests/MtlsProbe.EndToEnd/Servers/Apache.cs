using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Apache, which verifies clients for a whole virtual host in the handshake, or for one location: by renegotiation in TLS 1.2 and
/// by post-handshake authentication in TLS 1.3.
/// </summary>
internal static class Apache
{
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IEnumerable<string> certificates)
    {
        IReadOnlyList<Endpoint> endpoints =
        [
            .. certificates.Select(certificate => Endpoint.Https("apache-host", certificate)),
            Endpoint.Https("apache-location", "good", "/private/"),
        ];
        var folder = workspace.Folder("apache");
        workspace.Write("apache/documents/index.html", "welcome\n");
        workspace.Write("apache/documents/private/index.html", "welcome\n");
        var configuration = workspace.Write("apache/httpd.conf", $"""
            ServerRoot {folder}
            ServerName localhost
            PidFile {folder}/httpd.pid
            DefaultRuntimeDir {folder}
            ErrorLog {folder}/error.log
            LogLevel info
            LoadModule mpm_event_module {Needs.ApacheModules}/mod_mpm_event.so
            LoadModule authz_core_module {Needs.ApacheModules}/mod_authz_core.so
            LoadModule dir_module {Needs.ApacheModules}/mod_dir.so
            LoadModule ssl_module {Needs.ApacheModules}/mod_ssl.so
            DocumentRoot {folder}/documents
            {(Environment.IsPrivilegedProcess ? "User nobody\nGroup nogroup" : "")}
            {string.Concat(endpoints.Select(e => VirtualHost(files, e)))}
            """);
        return ServerGroup.Ready(endpoints, ChildProcess.Start("apache", "apache2", ["-X", "-f", configuration]));
    }

    private static string VirtualHost(PkiFiles files, Endpoint endpoint)
    {
        const string Require = "SSLVerifyClient require\n  SSLVerifyDepth 4";
        return $"""

            Listen 127.0.0.1:{endpoint.Port}
            <VirtualHost 127.0.0.1:{endpoint.Port}>
              ServerName {TestPki.ServerName}
              SSLEngine on
              SSLProtocol -all +TLSv1.2 +TLSv1.3
              SSLCertificateFile {files.ServerCertificate(endpoint.Certificate)}
              SSLCertificateKeyFile {files.ServerKey(endpoint.Certificate)}
              SSLCACertificateFile {files.Root}
              SSLCARevocationFile {files.RevocationLists}
              SSLCARevocationCheck chain
              {(endpoint.Path == "/" ? Require : $"<Location {endpoint.Path}>\n  {Require}\n</Location>")}
            </VirtualHost>

            """;
    }
}
