using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>OpenLDAP with ldaps, or with StartTLS, by GnuTLS as Debian builds it. It refuses by a bare close.</summary>
internal static class OpenLdap
{
    public const string Package = "slapd";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, bool atOnce = true)
    {
        var configuration = workspace.Write("slapd/slapd.conf", $"""
            TLSCACertificateFile {files.Root}
            TLSCertificateFile {files.ServerCertificate(endpoints[0].Certificate)}
            TLSCertificateKeyFile {files.ServerKey(endpoints[0].Certificate)}
            TLSVerifyClient demand
            TLSProtocolMin 3.3

            """);
        var addresses = string.Join(' ', endpoints.Select(e => string.Create(CultureInfo.InvariantCulture, $"{(atOnce ? "ldaps" : "ldap")}://{e.Host}:{e.Port}")));
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("slapd", "usr/sbin/slapd", ["-d", "none", "-h", addresses, "-f", configuration]));
    }
}
