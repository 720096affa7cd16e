using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>OpenLDAP with ldaps, or with StartTLS, with GnuTLS as in Debian's build. It refuses by a bare close.</summary>
internal static class OpenLdap
{
    public const string Package = "slapd";

    /// <summary>The user who can bind with a password.</summary>
    public const string Administrator = "cn=admin,cn=test";

    /// <param name="verify">
    /// demand: a client without a good certificate is refused in the handshake; allow: it is accepted, but cannot bind with the certificate.
    /// </param>
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, bool atOnce = true, string verify = "demand")
    {
        var configuration = workspace.Write($"slapd/{verify}.conf", $"""
            include {Unpacked.Package(Package).PathOf("etc/ldap/schema/core.schema")}
            TLSCACertificateFile {files.Root}
            TLSCRLFile {files.RevocationLists}
            TLSCertificateFile {files.ServerCertificate(endpoints[0].Certificate)}
            TLSCertificateKeyFile {files.ServerKey(endpoints[0].Certificate)}
            TLSVerifyClient {verify}
            TLSProtocolMin 3.3
            database ldif
            suffix cn=test
            directory {workspace.Folder($"slapd/{verify}")}
            rootdn {Administrator}
            rootpw {Logins.Word}

            """);
        var addresses = string.Join(' ', endpoints.Select(e => string.Create(CultureInfo.InvariantCulture, $"{(atOnce ? "ldaps" : "ldap")}://{e.Host}:{e.Port}")));
        return ServerGroup.Ready(endpoints, Unpacked.Package(Package).Start("slapd", "usr/sbin/slapd", ["-d", "none", "-h", addresses, "-f", configuration]));
    }
}
