using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>An OCSP response that a real server staples is verified and believed.</summary>
public sealed class StaplingTests : IDisposable
{
    private readonly Workspace _workspace = new("stapling");
    private readonly PkiFiles _files;

    public StaplingTests() => _files = new PkiFiles(_workspace, TestPki.Shared);

    [RealServersTheory]
    [InlineData("good", "accepted", true)]
    [InlineData("revoked", "failed server_certificate revoked", false)]
    public async Task A_stapled_response_decides(string status, string verdict, bool valid)
    {
        var response = await Respond(status);
        await using var server = await OpensslServer.Start(_files, "good", stapled: response);
        foreach (var version in (string[])["1.2", "1.3"])
        {
            var target = new TargetEntry($"stapled-{version}", server.Endpoints[0].Port) { Version = version };
            var record = (await Mtlsprobe.Probe(new ConfigFile(_files, [target]), _workspace))[target.Name];
            Assert.True(record.Verdict == verdict, $"expected: {verdict}\n{record}");
            Assert.Equal(valid, record.ChainValid);
        }
    }

    public void Dispose() => _workspace.Dispose();

    /// <summary>Lets openssl sign a response about the server's leaf with the key of its issuer.</summary>
    private async Task<string> Respond(string status)
    {
        var server = TestPki.Shared.Servers["good"];
        var issuer = _workspace.Write("issuer.pem", server.Rest[0].CertificatePem);
        var key = _workspace.Write("issuer.key", server.Rest[0].KeyPem);
        var expiry = server.Leaf.NotAfter.ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
        var revoked = DateTimeOffset.UtcNow.AddHours(-1).ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
        var (flag, since) = status == "revoked" ? ("R", revoked) : ("V", "");
        var index = _workspace.Write("index.txt", $"{flag}\t{expiry}\t{since}\t{server.Leaf.Serial.ToUpperInvariant()}\tunknown\t/CN=server\n");
        var response = _workspace.PathOf("response.der");
        await using var openssl = ChildProcess.Start("openssl ocsp", "openssl",
        [
            "ocsp", "-index", index, "-CA", issuer, "-rsigner", issuer, "-rkey", key, "-issuer", issuer,
            "-cert", _files.ServerLeaf("good"), "-ndays", "7", "-respout", response, "-noverify",
        ]);
        Assert.True(await openssl.Exit(TimeSpan.FromSeconds(30)) == 0 && File.Exists(response), openssl.Output);
        return response;
    }
}
