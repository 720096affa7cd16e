using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>stunnel in front of a port that stays silent.</summary>
internal static class Stunnel
{
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IEnumerable<string> certificates, int sinkPort)
    {
        IReadOnlyList<Endpoint> endpoints = [.. certificates.Select(certificate => Endpoint.Tls("stunnel", certificate))];
        var configuration = workspace.Write("stunnel/stunnel.conf", $"""
            foreground = yes
            pid =
            {string.Concat(endpoints.Select(e => Service(files, e, sinkPort)))}
            """);
        return ServerGroup.Ready(endpoints, ChildProcess.Start("stunnel", "stunnel4", [configuration]));
    }

    private static string Service(PkiFiles files, Endpoint endpoint, int sinkPort) => $"""

        [{endpoint.Certificate}]
        accept = 127.0.0.1:{endpoint.Port}
        connect = 127.0.0.1:{sinkPort}
        cert = {files.ServerCertificate(endpoint.Certificate)}
        key = {files.ServerKey(endpoint.Certificate)}
        CAfile = {files.Root}
        CRLfile = {files.RevocationLists}
        verifyChain = yes

        """;
}
