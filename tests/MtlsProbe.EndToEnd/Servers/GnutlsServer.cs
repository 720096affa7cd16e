using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary><c>gnutls-serv</c>, a server with another TLS library than OpenSSL; one process per port.</summary>
internal static class GnutlsServer
{
    public static Task<ServerGroup> Start(PkiFiles files, string certificate)
    {
        var endpoint = Endpoint.Tls("gnutls", certificate);
        var process = ChildProcess.Start($"gnutls-serv {certificate}", "gnutls-serv",
        [
            "--echo", "--port", endpoint.Port.ToString(CultureInfo.InvariantCulture),
            "--x509certfile", files.ServerCertificate(certificate), "--x509keyfile", files.ServerKey(certificate),
            "--x509cafile", files.Root, "--x509crlfile", files.RevocationLists,
            "--require-client-cert", "--verify-client-cert", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3",
        ]);
        return ServerGroup.Ready([endpoint], process);
    }
}
