using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// TLS libraries of devices, without a server in Debian: a few lines each around them in <c>Scripts</c>. They refuse with alerts. In TLS 1.2 they
/// have no alert for a client without a certificate, and reset.
/// </summary>
internal static class LibraryServers
{
    public const string WolfsslPackage = "libwolfssl35";
    public const string MbedtlsPackage = "libmbedtls14";

    public static Task<ServerGroup> Wolfssl(PkiFiles files) => Start(files, "wolfssl", WolfsslPackage, "libwolfssl.so.35");

    /// <summary>It speaks TLS 1.2 only.</summary>
    public static Task<ServerGroup> Mbedtls(PkiFiles files) => Start(files, "mbedtls", MbedtlsPackage, "libmbedtls.so.14");

    private static Task<ServerGroup> Start(PkiFiles files, string name, string package, string library)
    {
        var endpoint = Endpoint.Tls(name, "good");
        var unpacked = Unpacked.Package(package);
        return ServerGroup.Ready([endpoint], ChildProcess.StartGroup(name, Needs.Python,
        [
            ScriptServers.Script($"{name}_server.py"), unpacked.Find(library), endpoint.Port.ToString(CultureInfo.InvariantCulture),
            files.ServerCertificate(endpoint.Certificate), files.ServerKey(endpoint.Certificate), files.Root,
        ], unpacked.Environment));
    }
}
