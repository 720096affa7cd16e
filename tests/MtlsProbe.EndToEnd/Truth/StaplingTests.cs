using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>An OCSP response that a real server staples is verified and used.</summary>
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
        var response = await OcspResponse.Sign(_workspace, _files, TestPki.Shared.Servers["good"], revoked: status == "revoked");
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
}
