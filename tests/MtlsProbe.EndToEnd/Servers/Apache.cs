using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Apache, which verifies clients for a whole virtual host in the handshake, or for one location: by renegotiation in TLS 1.2, by post-handshake
/// authentication in TLS 1.3.
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
        return ServerGroup.Ready(endpoints, ChildProcess.Start("apache", "apache2", ["-X", "-f", Write(workspace, files, endpoints)]));
    }

    /// <summary>The same server on these ports, with a parent process that reloads.</summary>
    public static async Task<ILiveServer> StartLive(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var configuration = Write(workspace, files, endpoints);
        var group = await ServerGroup.Ready(endpoints, ChildProcess.StartGroup("apache", "apache2", ["-D", "FOREGROUND", "-f", configuration]));
        return new SignalledServer(group.Process, "USR1", changed => Write(workspace, files, changed));
    }

    private static string Write(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var folder = workspace.Folder("apache");
        workspace.Write("apache/documents/index.html", "welcome\n");
        workspace.Write("apache/documents/private/index.html", "welcome\n");
        return workspace.Write("apache/httpd.conf", $"""
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
    }

    private static string VirtualHost(PkiFiles files, Endpoint endpoint)
    {
        var check = ClientCheck.Of(endpoint, files);
        var verify = check.Enforcement switch
        {
            Enforcement.Required => "require",
            Enforcement.Optional => "optional",
            Enforcement.Unasked => "none",
            _ => "optional_no_ca",
        };
        verify = $"SSLVerifyClient {verify}\n  SSLVerifyDepth 4";
        return $"""

            Listen {endpoint.Host}:{endpoint.Port}
            <VirtualHost {endpoint.Host}:{endpoint.Port}>
              ServerName {TestPki.ServerName}
              SSLEngine on
              SSLProtocol -all +TLSv1.2 +TLSv1.3
              SSLCertificateFile {files.ServerCertificate(endpoint.Certificate)}
              SSLCertificateKeyFile {files.ServerKey(endpoint.Certificate)}
              SSLCACertificateFile {check.Authorities}
              {(check.RevocationLists is { } lists ? $"SSLCARevocationFile {lists}\n  SSLCARevocationCheck chain" : "")}
              {(endpoint.Path == "/" ? verify : $"<Location {endpoint.Path}>\n  {verify}\n</Location>")}
            </VirtualHost>

            """;
    }
}
