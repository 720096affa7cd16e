using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary><c>openssl s_server</c>, one process per port; it serves one connection at a time.</summary>
internal static class OpensslServer
{
    public static Task<ServerGroup> Start(PkiFiles files, string certificate, bool tickets = true)
    {
        var endpoint = Endpoint.Tls(tickets ? "s_server" : "s_server-no-tickets", certificate);
        List<string> arguments =
        [
            "s_server", "-quiet", "-accept", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{endpoint.Port}"),
            "-cert", files.ServerLeaf(certificate), "-key", files.ServerKey(certificate),
            "-CAfile", files.Root, "-no-CApath", "-no-CAstore", "-Verify", "4", "-verify_return_error",
            "-crl_check", "-CRL", files.ClientRevocationList,
        ];
        if (new FileInfo(files.ServerRest(certificate)).Length > 0) arguments.AddRange(["-cert_chain", files.ServerRest(certificate)]);
        if (!tickets) arguments.AddRange(["-num_tickets", "0"]);
        return ServerGroup.Ready([endpoint], ChildProcess.Start($"s_server {certificate}", "openssl", arguments));
    }
}
