using System.Net;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// Apache with two virtual hosts at each port that check clients differently. A client that connects by address sends no SNI and gets the first, but
/// requests the second in <c>Host</c>, which has the address as an alias. Apache answers 421 and does not skip a check.
/// </summary>
internal static class MisdirectedApache
{
    /// <summary>Asks every client for a certificate.</summary>
    public const string Asks = "apache-421-asked";

    /// <summary>The same; the second host trusts another authority.</summary>
    public const string OtherAuthority = "apache-421-authority";

    /// <summary>The first host asks for none.</summary>
    public const string Unasked = "apache-421-unasked";

    public static readonly IReadOnlyList<string> All = [Asks, OtherAuthority, Unasked];

    private const string Address = "127.0.0.1";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files)
    {
        var template = Template.Server("server");
        var credential = TestPki.Shared.NewServer("by-address", template with { Ip = [Address] });
        files.Write(credential);
        IReadOnlyList<Endpoint> endpoints = [.. All.Select(name => Endpoint.Https(name, credential.Name) with { ServerName = Address })];
        var folder = workspace.Folder("fronts-apache");
        workspace.Write("fronts-apache/documents/index.html", "welcome\n");
        var configuration = workspace.Write("fronts-apache/httpd.conf", $"""
            ServerRoot {folder}
            ServerName localhost
            PidFile {folder}/httpd.pid
            DefaultRuntimeDir {folder}
            ErrorLog {folder}/error.log
            LoadModule mpm_event_module {Needs.ApacheModules}/mod_mpm_event.so
            LoadModule authz_core_module {Needs.ApacheModules}/mod_authz_core.so
            LoadModule dir_module {Needs.ApacheModules}/mod_dir.so
            LoadModule ssl_module {Needs.ApacheModules}/mod_ssl.so
            DocumentRoot {folder}/documents
            {(Environment.IsPrivilegedProcess ? "User nobody\nGroup nogroup" : "")}
            SSLCertificateFile {files.ServerCertificate(credential.Name)}
            SSLCertificateKeyFile {files.ServerKey(credential.Name)}
            {string.Concat(endpoints.Select(endpoint => VirtualHosts(files, endpoint)))}
            """);
        return ServerGroup.Ready(endpoints, ChildProcess.Start("apache fronts", "apache2", ["-X", "-f", configuration]));
    }

    private static string VirtualHosts(PkiFiles files, Endpoint endpoint)
    {
        var (first, second, authority) = endpoint.Server switch
        {
            Unasked => ("none", "require", files.Root),
            OtherAuthority => ("optional", "optional", files.ServerRest(endpoint.Certificate)),
            _ => ("optional", "require", files.Root),
        };
        return $"""

            Listen {endpoint.Host}:{endpoint.Port}
            {VirtualHost("", first, files.Root)}
            {VirtualHost($"ServerAlias {Address}", second, authority)}

            """;

        string VirtualHost(string alias, string verify, string authorities) => $"""
            <VirtualHost {endpoint.Host}:{endpoint.Port}>
              ServerName {(alias.Length == 0 ? TestPki.ServerName : "inner.test")}
              {alias}
              SSLEngine on
              SSLProtocol -all +TLSv1.2 +TLSv1.3
              SSLVerifyClient {verify}
              SSLVerifyDepth 4
              SSLCACertificateFile {authorities}
            </VirtualHost>
            """;
    }
}
