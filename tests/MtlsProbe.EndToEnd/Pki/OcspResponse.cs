using System.Globalization;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>A statement of an authority about a server's leaf, for the server to staple.</summary>
internal static class OcspResponse
{
    /// <summary>Makes openssl sign a response with the key of the leaf's issuer and returns its file, DER.</summary>
    public static async Task<string> Sign(Workspace workspace, PkiFiles files, ServerCredential server, bool revoked)
    {
        var folder = $"ocsp/{server.Name}/{(revoked ? "revoked" : "good")}";
        var issuer = workspace.Write($"{folder}/issuer.pem", server.Rest[0].CertificatePem);
        var key = workspace.Write($"{folder}/issuer.key", server.Rest[0].KeyPem);
        var expiry = Date(server.Leaf.NotAfter);
        var (flag, since) = revoked ? ("R", Date(DateTimeOffset.UtcNow.AddHours(-1))) : ("V", "");
        var index = workspace.Write($"{folder}/index.txt", $"{flag}\t{expiry}\t{since}\t{server.Leaf.Serial.ToUpperInvariant()}\tunknown\t/CN=server\n");
        var response = workspace.PathOf($"{folder}/response.der");
        await using var openssl = ChildProcess.Start("openssl ocsp", "openssl",
        [
            "ocsp", "-index", index, "-CA", issuer, "-rsigner", issuer, "-rkey", key, "-issuer", issuer,
            "-cert", files.ServerLeaf(server.Name), "-ndays", "7", "-respout", response, "-noverify",
        ]);
        Assert.True(await openssl.Exit(TimeSpan.FromSeconds(60)) == 0 && File.Exists(response), openssl.Output);
        return response;
    }

    private static string Date(DateTimeOffset date) => date.ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
}
