using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// One probe of a process that has only just started, with the default timeout, of a server that is 160 ms away and refuses by closing
/// after its tickets: it has to learn the distance from the handshake.
/// </summary>
public sealed class FarAwayTests
{
    private const int Times = 5;
    private const int AtATime = 5;

    private static readonly TimeSpan EachWay = TimeSpan.FromMilliseconds(80);

    [RealServersFact]
    public async Task A_fresh_process_far_away_tells_accepted_from_rejected()
    {
        using var workspace = new Workspace("far-away");
        var files = new PkiFiles(workspace, TestPki.Shared);
        await using var sink = new Sink();
        await using var server = await Nginx.StartMaster(workspace, files, [Endpoint.Tls("nginx-stream", "good")], sink.Port);
        await using var relay = Relay.Distant(server.Endpoints[0].Port, EachWay);
        var cases =
            from i in Enumerable.Range(0, Times)
            from version in (string[])["1.2", "1.3"]
            from credential in (string[])["good", "wrong_ca"]
            select new TargetEntry($"{credential}-{version}-{i}", relay.Port) { Version = version, Identity = credential };

        List<string> wrong = [];
        foreach (var together in cases.Chunk(AtATime))
        {
            var records = await Task.WhenAll(together.Select(async target =>
                (await Mtlsprobe.Probe(new ConfigFile(files, [target]) { FileName = $"{target.Name}.yml", Timeout = "5s" }, workspace))[target.Name]));
            wrong.AddRange(records.Where(record => record.Verdict != Verdict(record.Identity)).Select(record => $"{record.Target}: {record.Verdict}\n{record}"));
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {4 * Times} are wrong, among them:\n{string.Join("\n", wrong.Take(2))}");
    }

    private static string Verdict(string credential) => credential == "good" ? "accepted" : "rejected client_certificate closed_without_alert";
}
