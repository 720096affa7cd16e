using System.Globalization;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// The first probes of a new process, with the default timeout, to a server that is 160 ms away and refuses by a close after its tickets: each must
/// learn the distance from its own handshake.
/// </summary>
public sealed class FarAwayTests
{
    private const int Processes = 25; // with four probes each: a hundred
    private const int AtATime = 4;

    private static readonly TimeSpan EachWay = TimeSpan.FromMilliseconds(80);

    [RealServersFact]
    public async Task A_new_process_far_away_distinguishes_accepted_from_rejected()
    {
        using var workspace = new Workspace("far-away");
        var files = new PkiFiles(workspace, TestPki.Shared);
        await using var sink = new Sink();
        await using var server = await Nginx.StartMaster(workspace, files, [Endpoint.Tls("nginx-stream", "good")], sink.Port);
        var cells = (from version in (string[])["1.2", "1.3"] from credential in (string[])["good", "wrong_ca"] select (Version: version, Credential: credential)).ToList();
        var relays = cells.Select(_ => Relay.Distant(server.Endpoints[0].Port, EachWay)).ToList(); // no probe meets a distance that another one has learnt
        var targets = cells.Zip(relays, (cell, relay) =>
            new TargetEntry($"{cell.Credential}-{cell.Version}", relay.Port) { Version = cell.Version, Identity = cell.Credential });

        List<ProbeRecord> all = [];
        foreach (var together in Enumerable.Range(0, Processes).Chunk(AtATime))
        {
            var runs = await Task.WhenAll(together.Select(number => Mtlsprobe.Probe(
                new ConfigFile(files, [.. targets]) { FileName = string.Create(CultureInfo.InvariantCulture, $"{number}.yml"), Timeout = "5s" }, workspace)));
            all.AddRange(runs.SelectMany(run => run.Values));
        }

        foreach (var relay in relays) await relay.DisposeAsync();
        var wrong = all.Where(record => record.Verdict != Verdict(record.Identity)).Select(record => $"{record.Target}: {record.Verdict}\n{record}").ToList();
        Assert.Equal(4 * Processes, all.Count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {all.Count} are wrong, among them:\n{string.Join("\n", wrong.Take(2))}");
    }

    private static string Verdict(string credential) => credential == "good" ? "accepted" : "rejected client_certificate closed_without_alert";
}
