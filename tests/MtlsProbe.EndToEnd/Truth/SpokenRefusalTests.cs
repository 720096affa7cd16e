using System.Security.Authentication;
using System.Text;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// A server that sends data after the handshake and closes before we do has refused us or is going away. Its words say which, and a person must read
/// them.
/// </summary>
public sealed class SpokenRefusalTests : IDisposable
{
    private readonly Workspace _workspace = new("spoken");

    public static TheoryData<string, bool> Rows =>
        (from version in (string[])["1.2", "1.3"] from late in (bool[])[false, true] select (version, late)).ToRows();

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Words_before_a_close_are_shown_and_prove_no_acceptance(string version, bool late)
    {
        await using var server = FaultServer.Start(async client =>
        {
            var tls = await client.Handshake(version == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13);
            await tls.WriteAsync(Encoding.ASCII.GetBytes("421 4.7.1 mail.test Error: No client certificate presented\u001b[31m\r\n"));
            if (late) await client.Wait(TimeSpan.FromMilliseconds(100));
            await tls.ShutdownAsync();
            await client.Close();
        });
        var configuration = new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), [new TargetEntry("postfix", server.Port) { Version = version }]);

        var record = (await Mtlsprobe.Probe(configuration, _workspace))["postfix"];

        Assert.True(record.Outcome == "unconfirmed", record.ToString());
        Assert.False(record.Success);
        Assert.Contains("421 4.7.1 mail.test Error: No client certificate presented", record.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", record.Detail, StringComparison.Ordinal);
    }

    public void Dispose() => _workspace.Dispose();
}
