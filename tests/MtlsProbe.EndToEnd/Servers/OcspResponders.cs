using System.Globalization;
using System.Text;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>
/// <c>openssl ocsp</c> as a responder over HTTP, for certificates of one authority. The test relies on its message that it listens: a connection
/// without a request, such as a check whether it listens, blocks it.
/// </summary>
internal static class OcspResponders
{
    /// <param name="issued">The certificates and whether they are revoked. Others are unknown to the responder.</param>
    /// <param name="signer">Null: the issuer itself.</param>
    public static async Task<(ChildProcess Process, string Url)> Start(
        Workspace workspace, string name, Issued issuer, IEnumerable<(Issued Certificate, bool IsRevoked)> issued, Issued? signer = null)
    {
        signer ??= issuer;
        var authority = workspace.Write($"{name}/issuer.pem", issuer.CertificatePem);
        var certificate = workspace.Write($"{name}/signer.pem", signer.CertificatePem);
        var key = workspace.Write($"{name}/signer.key", signer.KeyPem);
        var index = workspace.Write($"{name}/index.txt", Index(issued));
        var port = Ports.Free();
        var process = ChildProcess.Start($"openssl ocsp {name}", "openssl",
        [
            "ocsp", "-port", port.ToString(CultureInfo.InvariantCulture), "-index", index, "-CA", authority, "-rsigner", certificate, "-rkey", key, "-ndays", "1",
        ]);
        using var deadline = new CancellationTokenSource(ChildProcess.StartLimit);
        while (!process.Output.Contains("waiting for OCSP client connections", StringComparison.Ordinal)) await Task.Delay(20, deadline.Token);
        return (process, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    private static string Index(IEnumerable<(Issued Certificate, bool IsRevoked)> issued)
    {
        var text = new StringBuilder();
        foreach (var (certificate, isRevoked) in issued)
        {
            var (flag, since) = isRevoked ? ("R", Date(DateTimeOffset.UtcNow.AddHours(-1)) + ",keyCompromise") : ("V", "");
            text.Append(CultureInfo.InvariantCulture, $"{flag}\t{Date(certificate.NotAfter)}\t{since}\t{certificate.Serial.ToUpperInvariant()}\tunknown\t/CN=server\n");
        }

        return text.ToString();
    }

    private static string Date(DateTimeOffset date) => date.ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
}
