using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// A Java server, which needs many times the work of others for a handshake, when the server and the prober compete for the same busy processors.
/// </summary>
[Collection(AloneTests.Name)]
public sealed class StarvedJavaTests
{
    private const int Rounds = 3;

    private static readonly IReadOnlyList<(string Credential, int Targets)> Shown = [("good", 9), ("none", 3), ("expired", 3), ("wrong_ca", 3)];

    [NeedsFact(JavaServer.Program, JavaServer.Compiler)]
    public async Task Beside_two_busy_loops_acceptance_and_refusal_are_known_in_three_seconds()
    {
        using var workspace = new Workspace("starved-java");
        var files = new PkiFiles(workspace, TestPki.Shared);
        await using var server = await JavaServer.Start(files);
        IReadOnlyList<TargetEntry> targets =
        [
            .. from version in (string[])["1.2", "1.3"]
               from shown in Shown
               from number in Enumerable.Range(0, shown.Targets)
               let name = string.Create(CultureInfo.InvariantCulture, $"{shown.Credential}-{version}-{number}")
               select new TargetEntry(name, server.Endpoints[0].Port) { Protocol = "https", Version = version, Identity = shown.Credential },
        ];

        // The first handshakes of a virtual machine take seconds, because it loads and compiles the code.
        await Mtlsprobe.Probe(new ConfigFile(files, targets) { FileName = "first.yml", Timeout = "30s" }, workspace);

        await using var loops = new BusyLoops(2);
        await using var exporter = await Exporter.Start(new ConfigFile(files, targets) { Interval = "3s", Timeout = "3s" }.WriteTo(workspace));
        var metrics = await exporter.Until(
            m => targets.All(target => m.Sum("mtlsprobe_handshakes_total", ("target", target.Name)) >= Rounds), $"{Rounds} probes of each", TimeSpan.FromMinutes(2));

        var wrong = metrics.All("mtlsprobe_handshakes_total").Where(series => series.Value > 0 && !IsTrue(series)).ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Sum(series => series.Value)} are wrong:\n{string.Join("\n", wrong)}\n{string.Join("\n", metrics.All("mtlsprobe_failure_info"))}");
    }

    private static bool IsTrue(Series handshakes) => handshakes.Labels["outcome"] == (handshakes.Labels["identity"] == "good" ? "accepted" : "rejected");
}
