using System.Globalization;
using System.Security.Authentication;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// One probe of a new process, as a person makes it: everything is slow the first time, and that must not make a late refusal look like a prompt
/// answer.
/// </summary>
public sealed class FreshProcessTests : IDisposable
{
    private readonly Workspace _workspace = new("fresh");

    public static TheoryData<int, string> Rows =>
        (from milliseconds in (int[])[0, 50, 250, 300, 350, 1000]
         from version in (string[])["1.2", "1.3"]
         select (milliseconds, version)).ToRows();

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_late_refusal_is_reported(int milliseconds, string version)
    {
        var protocols = version == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13;
        await using var server = FaultServer.Start(async client =>
        {
            await client.Handshake(protocols);
            await client.Wait(TimeSpan.FromMilliseconds(milliseconds));
            await client.Close();
        });
        var configuration = new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), [new TargetEntry("late", server.Port)]);

        var record = (await Mtlsprobe.Probe(configuration, _workspace))["late"];

        Assert.True(record.Verdict == "rejected client_certificate closed_without_alert", record.ToString());
    }

    /// <summary>
    /// The timeout of such a server is within the range of our random silences. It coincides with the end of one in thirty, and then the server seems
    /// to follow us. More than six of forty would happen once in two thousand runs.
    /// </summary>
    [Theory]
    [InlineData("1.2")]
    [InlineData("1.3")]
    public async Task A_refusal_at_the_end_of_the_silences_is_reported_almost_every_time(string version)
    {
        var protocols = version == "1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13;
        await using var server = FaultServer.Start(async client =>
        {
            await client.Handshake(protocols);
            await client.Wait(TimeSpan.FromMilliseconds(750));
            await client.Close();
        });
        var targets = Enumerable.Range(0, 40).Select(i => new TargetEntry(string.Create(CultureInfo.InvariantCulture, $"late-{i}"), server.Port) { More = ["timeout: 20s"] });

        var records = await Mtlsprobe.Probe(new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), [.. targets]), _workspace);

        var met = records.Values.Count(record => record.Verdict == "accepted");
        Assert.InRange(met, 0, 6);
        Assert.Equal(records.Count - met, records.Values.Count(record => record.Verdict == "rejected client_certificate closed_without_alert"));
    }

    public void Dispose() => _workspace.Dispose();
}
