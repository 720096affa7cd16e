using System.Diagnostics;
using System.Text.Json;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// How long a person waits for one accepted https probe: <c>mtlsprobe probe</c> as a whole process beside <c>curl</c>, and the probe itself in a
/// process that serves. A wrong verdict invalidates the measurement.
/// </summary>
internal sealed class OneProbe : IBenchmark
{
    /// <summary>A process ends soon, so many of them make one round.</summary>
    private const int ProcessesARound = 10;

    /// <summary>Probes before the measured one, so everything has run once.</summary>
    private const int Warm = 5;

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var pki = workshop.Pki(KeyKind.Ecdsa);
        using var nginx = await Nginx.StartAsync(workshop, KeyKind.Ecdsa, "1.3", cancellation).ConfigureAwait(false);
        var place = $"{Nginx.Address(0)}:{nginx.Port}";
        string[] credential = ["--cert", pki.ClientCertificate, "--key", pki.ClientKey];
        string[] curl = ["--silent", "--fail", .. credential, "--cacert", pki.Root, "--connect-to", $"::{place}", $"https://{Pki.ServerName}:{nginx.Port}/"];
        string[] probe = ["probe", $"https://{place}/", "--server-name", Pki.ServerName, .. credential, "--ca", pki.Root, "--output", "json"];

        var contenders = workshop.Variants.Select(variant => (variant.Name, variant.Program, Words: probe, variant.Environment)).Append(("curl", "curl", curl, [])).ToList();
        var times = contenders.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < workshop.Options.Rounds * ProcessesARound; round++)
        {
            for (var i = 0; i < contenders.Count; i++)
                times[i].Add(await MillisecondsAsync(workshop, contenders[i].Program, contenders[i].Words, contenders[i].Environment, cancellation).ConfigureAwait(false));
        }

        var table = new Table("one accepted probe, whole process", "ms, median", "ms, least", "ms, worst");
        for (var i = 0; i < contenders.Count; i++) table.Add([contenders[i].Name, .. Row(times[i])]);
        table.Print("One probe: https, ECDSA P-256, TLS 1.3");

        var served = new Table("one accepted probe of serve, from start to verdict", "ms, median", "ms, least", "ms, worst");
        foreach (var variant in workshop.Variants) served.Add([variant.Name, .. Row(await ServedAsync(workshop, variant, pki, place, cancellation).ConfigureAwait(false))]);
        served.Print("One probe of serve, a second after the one before");
    }

    private static async Task<double> MillisecondsAsync(Workshop workshop, string program, string[] words, IReadOnlyList<string> environment, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = new Child(workshop.ProberCore, program, words, environment);
        var output = await process.OutputAsync(cancellation).ConfigureAwait(false);
        var milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return output.Length > 0 ? milliseconds : throw new BenchmarkException($"{program} had nothing to say");
    }

    private static async Task<List<double>> ServedAsync(Workshop workshop, Variant variant, Pki pki, string place, CancellationToken cancellation)
    {
        var configuration = ProbeServer.Configuration(workshop, pki, 1, "1s", "1s", _ => place);
        using var server = await ProbeServer.StartAsync(workshop, variant, workshop.ProberCore, configuration, cancellation).ConfigureAwait(false);
        var made = (await server.UntilAsync(scrape => scrape.Accepted >= Warm, TimeSpan.FromMinutes(1), cancellation).ConfigureAwait(false)).Accepted;
        List<double> times = [];
        while (times.Count < workshop.Options.Rounds * 4)
        {
            made = (await server.UntilAsync(scrape => scrape.Accepted > made, TimeSpan.FromMinutes(1), cancellation).ConfigureAwait(false)).Accepted;
            using var record = JsonDocument.Parse((await server.AskAsync("/api/v1/targets/target-0", null, null, cancellation).ConfigureAwait(false)).Body);
            times.Add(1000 * Total(record.RootElement));
        }

        return times;
    }

    private static double Total(JsonElement target) =>
        target.GetProperty("handshakes")[0].GetProperty("duration").GetDouble();

    private static string[] Row(List<double> milliseconds) =>
        [Table.Number(Table.Median(milliseconds), "0.0"), Table.Number(milliseconds.Min(), "0.0"), Table.Number(milliseconds.Max(), "0.0")];
}
