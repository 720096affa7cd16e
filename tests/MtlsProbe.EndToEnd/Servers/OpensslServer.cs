using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary><c>openssl s_server</c>, one process per port; it serves one connection at a time.</summary>
internal static class OpensslServer
{
    /// <param name="tickets">Whether it sends session tickets in TLS 1.3.</param>
    /// <param name="stapled">A file with an OCSP response to staple, DER; null: none.</param>
    public static Task<ServerGroup> Start(PkiFiles files, string certificate, bool tickets = true, string? stapled = null)
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
        if (stapled is not null) arguments.AddRange(["-status_file", stapled]);
        if (!tickets) arguments.AddRange(["-num_tickets", "0"]);
        return ServerGroup.Ready([endpoint], ChildProcess.Start($"s_server {certificate}", "openssl", arguments));
    }

    /// <summary>The same server on this port, with the client check of this endpoint.</summary>
    public static Task<ServerGroup> Start(PkiFiles files, Endpoint endpoint)
    {
        var check = ClientCheck.Of(endpoint, files);
        List<string> arguments =
        [
            "s_server", "-quiet", "-accept", string.Create(CultureInfo.InvariantCulture, $"{endpoint.Host}:{endpoint.Port}"),
            "-cert", files.ServerLeaf(endpoint.Certificate), "-key", files.ServerKey(endpoint.Certificate), "-cert_chain", files.ServerRest(endpoint.Certificate),
            "-CAfile", check.Authorities, "-no-CApath", "-no-CAstore",
        ];
        if (check.Enforcement != Enforcement.Unasked) arguments.AddRange([check.Enforcement == Enforcement.Required ? "-Verify" : "-verify", "4"]);
        if (check.Enforcement is Enforcement.Required or Enforcement.Optional) arguments.Add("-verify_return_error");
        if (check.RevocationLists is { } lists) arguments.AddRange(["-crl_check", "-CRL", lists]); // it reads only the first list
        return ServerGroup.Ready([endpoint], ChildProcess.Start($"s_server {endpoint.Port}", "openssl", arguments));
    }
}
