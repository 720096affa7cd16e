using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MtlsProbe.Demo;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// How long a person waits for <c>preflight</c>: from the start of the process to its end, with servers of this process of which every second one
/// refuses the new credential. A wrong answer for any server invalidates the measurement.
/// </summary>
internal sealed class PreflightTime : IBenchmark
{
    private const int Servers = 200;

    public async Task RunAsync(Workshop workshop, CancellationToken cancellation)
    {
        var oldRoot = TestCertificate.SelfSigned(TestTemplate.Authority("Old Root"));
        var newRoot = TestCertificate.SelfSigned(TestTemplate.Authority("New Root"));
        var leaf = oldRoot.Issue(TestTemplate.Server(Pki.ServerName));
        var servers = Enumerable.Range(0, Servers)
            .Select(i => new TlsServer(Parameters(leaf, i % 2 == 0 ? [oldRoot, newRoot] : [oldRoot]), Behaviours.CloseWithClient, TimeProvider.System)).ToList();
        try
        {
            var (certificate, key) = Write(workshop, newRoot.Issue(TestTemplate.Client("client")));
            var configuration = Configuration(workshop, oldRoot, Write(workshop, oldRoot.Issue(TestTemplate.Client("client"))), servers);
            var table = new Table($"{Servers} servers", "seconds, median", "seconds, worst");
            table.Add(await MeasureAsync(workshop, "--identity: 400 handshakes",
                ["--identity", "client", "--cert", certificate, "--key", key, "--config.file", configuration], RightForIdentity, cancellation).ConfigureAwait(false));
            table.Add(await MeasureAsync(workshop, "--trust: 200 handshakes",
                ["--trust", "internal", "--ca", workshop.Write("new.crt", newRoot.CertificatePem), "--config.file", configuration], RightForTrust, cancellation).ConfigureAwait(false));
            table.Print("Preflight, from start to end of the process, protocol tls");
        }
        finally
        {
            foreach (var server in servers) await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<string[]> MeasureAsync(
        Workshop workshop, string name, string[] words, Func<JsonElement, bool> isRight, CancellationToken cancellation)
    {
        List<double> seconds = [];
        for (var round = 0; round < workshop.Options.Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            using var process = new Child(workshop.ProberCore, workshop.Variants[0].Program, ["preflight", .. words, "--output", "json"]);
            var output = await process.OutputAsync(cancellation, exitCode: 1).ConfigureAwait(false);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            var results = JsonDocument.Parse(output).RootElement.GetProperty("results").EnumerateArray().ToList();
            if (results.Where((result, i) => !isRight(result)).Any()) throw new BenchmarkException("a verdict was wrong; is the machine that busy?");
        }

        return [name, Table.Number(Table.Median(seconds), "0.00"), Table.Number(seconds.Max(), "0.00")];
    }

    private static bool RightForIdentity(JsonElement record)
    {
        var number = int.Parse(record.GetProperty("target").GetString()!["target-".Length..], CultureInfo.InvariantCulture);
        return record.GetProperty("outcome").GetString() == (number % 2 == 1 && record.GetProperty("slot").GetString() == "next" ? "rejected" : "accepted");
    }

    private static bool RightForTrust(JsonElement verdict) =>
        verdict.GetProperty("now").GetProperty("valid").GetBoolean() && !verdict.GetProperty("new").GetProperty("valid").GetBoolean();

    private static ServerParameters Parameters(TestCertificate leaf, TestCertificate[] clients) => new()
    {
        Chain = [leaf.Der],
        Key = PrivateKey.Of(leaf.Key),
        ClientAuthentication = ClientAuthentication.Required,
        ClientAnchors = [.. clients.Select(client => client.Der)],
    };

    private static (string Certificate, string Key) Write(Workshop workshop, TestCertificate leaf) =>
        (workshop.Write("client.crt", leaf.CertificatePem), workshop.Write("client.key", leaf.KeyPem));

    private static string Configuration(Workshop workshop, TestCertificate root, (string Certificate, string Key) current, List<TlsServer> servers)
    {
        var text = new StringBuilder($$"""
            defaults: { timeout: 20s, protocol: tls, trust: internal, identity: client, server_name: {{Pki.ServerName}} }
            identities:
              client: { current: { certificate: {{current.Certificate}}, key: {{current.Key}} } }
            trust:
              internal: { files: [{{workshop.Write("root.crt", root.CertificatePem)}}] }
            targets:

            """);
        foreach (var (i, server) in servers.Index()) text.Append(CultureInfo.InvariantCulture, $"  - {{ name: target-{i}, address: \"127.0.0.1:{server.Port}\" }}\n");
        return workshop.Write("mtlsprobe.yml", text.ToString());
    }
}
