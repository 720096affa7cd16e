using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>stunnel in front of a port that stays silent.</summary>
internal static class Stunnel
{
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IEnumerable<string> certificates, int sinkPort)
    {
        IReadOnlyList<Endpoint> endpoints = [.. certificates.Select(certificate => Endpoint.Tls("stunnel", certificate))];
        return Start(workspace, files, endpoints, sinkPort);
    }

    /// <summary>The same server on these ports.</summary>
    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, IReadOnlyList<Endpoint> endpoints, int sinkPort)
    {
        var configuration = workspace.Write("stunnel/stunnel.conf", $"""
            foreground = yes
            pid =
            {string.Concat(endpoints.Select(e => Service(files, e, sinkPort)))}
            """);
        return ServerGroup.Ready(endpoints, ChildProcess.Start("stunnel", "stunnel4", [configuration]));
    }

    private static string Service(PkiFiles files, Endpoint endpoint, int sinkPort)
    {
        var check = ClientCheck.Of(endpoint, files);
        var verify = check.Enforcement switch
        {
            Enforcement.Required => "verifyChain = yes",
            Enforcement.Optional => "verify = 1",
            Enforcement.Unasked => "",
            _ => "verify = 0",
        };
        return $"""

            [{endpoint.Certificate}-{endpoint.Port}]
            accept = {endpoint.Host}:{endpoint.Port}
            connect = 127.0.0.1:{sinkPort}
            cert = {files.ServerCertificate(endpoint.Certificate)}
            key = {files.ServerKey(endpoint.Certificate)}
            CAfile = {check.Authorities}
            {(check.RevocationLists is { } lists ? $"CRLfile = {lists}" : "")}
            {verify}

            """;
    }
}
