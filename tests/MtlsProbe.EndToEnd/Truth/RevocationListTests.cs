using System.Globalization;
using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;
using MtlsProbe.Hostile;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Lists from <c>openssl ca</c>, from files and over HTTP, and the program's judgement of one real server with each of them: one server, one run, a
/// trust bundle for each case.
/// </summary>
public sealed class RevocationListTests(RevocationListTests.Run run) : IClassFixture<RevocationListTests.Run>
{
    [RealServersTheory]
    [InlineData("good", "accepted", "good", null)]
    [InlineData("revoked", "failed server_certificate revoked", "revoked", null)]
    [InlineData("issuer_revoked", "failed server_certificate revoked", "good", null)]
    [InlineData("delta", "failed server_certificate revoked", "revoked", null)]
    [InlineData("delta_alone", "accepted", "unknown", "no list")]
    [InlineData("expired", "accepted", "unknown", "has expired")]
    [InlineData("expired_strict", "failed server_certificate revocation_unknown", "unknown", "has expired")]
    [InlineData("wrong_signature", "accepted", "unknown", "is not signed by")]
    [InlineData("wrong_issuer", "accepted", "unknown", "no list of its issuer")]
    [InlineData("by_url", "failed server_certificate revoked", "revoked", null)]
    [InlineData("redirected", "failed server_certificate revoked", "revoked", null)]
    [InlineData("endless", "accepted", "unknown", "no list of its issuer")]
    [InlineData("unreachable", "accepted", "unknown", "no list of its issuer")]
    [InlineData("unreachable_strict", "failed server_certificate revocation_unknown", "unknown", "no list of its issuer")]
    public void A_list_decides_if_it_is_trustworthy(string bundle, string verdict, string leaf, string? missing)
    {
        var record = run.Records[bundle];
        var line = record.Leaf;
        Assert.True(record.Record.Verdict == verdict, $"expected: {verdict}\n{record.Record}");
        Assert.Equal(leaf, line.GetProperty("status").GetString());
        if (missing is not null) Assert.Contains(missing, line.GetProperty("missing").GetString(), StringComparison.Ordinal);
        else Assert.NotNull(line.GetProperty("this_update").GetString());
    }

    [RealServersFact]
    public void An_endless_answer_is_cut_at_64_MiB() => Assert.InRange(run.Sent, 1L << 20, 80L << 20);

    [RealServersFact]
    public async Task A_target_with_a_required_list_has_no_verdict_before_it_has_arrived_and_then_the_right_one()
    {
        await using var exporter = await Exporter.Start(run.SlowConfigFile);
        await exporter.Until(metrics => metrics.Sum("mtlsprobe_schedule_lag_seconds_count") >= 1 && metrics.Sum("mtlsprobe_probes_in_flight") == 0, "a probe has been made");
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await exporter.Send(HttpMethod.Get, "/-/ready")).Status);

        run.Slow.SetResult();
        await exporter.Ready();

        var seen = await exporter.Scrape();
        Assert.Equal((1, 0), (seen.Value("mtlsprobe_success", ("target", "slow")), seen.Sum("mtlsprobe_probes_skipped_total")));
        Assert.All(seen.All("mtlsprobe_handshakes_total"), series => Assert.True(series.Value == 0 || series.Labels["outcome"] == "accepted", series.ToString()));
    }

    [RealServersFact]
    public async Task Check_config_says_which_lists_are_bad()
    {
        var result = await Mtlsprobe.Run("check-config", run.ConfigFile);
        Assert.Contains("expired.crl", result.Output, StringComparison.Ordinal);
        Assert.Contains("expired at", result.Output, StringComparison.Ordinal);
        Assert.Contains("cannot be fetched", result.Output, StringComparison.Ordinal);
        Assert.Contains("sends more than 64 MiB", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    public sealed class Run : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("lists");
        private readonly ListServer _web = new();
        private readonly ServerCredential _server = TestPki.Shared.Servers["good"];
        private readonly List<ServerGroup> _servers = []; // each serves one connection at a time

        internal Dictionary<string, (ProbeRecord Record, JsonElement Leaf)> Records { get; } = [];

        public string ConfigFile { get; private set; } = "";

        /// <summary>The configuration of a target whose list is required, and arrives when <see cref="Slow"/> is set.</summary>
        public string SlowConfigFile { get; private set; } = "";

        public TaskCompletionSource Slow { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The bytes of the endless answer that were read.</summary>
        public long Sent { get; private set; }

        public async Task InitializeAsync()
        {
            if (RealServers.Missing is not null) return;
            var files = new PkiFiles(_workspace, TestPki.Shared);
            var (issuing, policy) = (_server.Rest[0], _server.Rest[1]);
            var policyList = await List("policy", policy);
            var root = await List("root", TestPki.Shared.Root.Self);
            var good = await List("good", issuing);
            var revoked = await List("revoked", issuing, _server.Leaf);
            var delta = await List("delta", issuing, _server.Leaf, more: ["-crlexts", "delta"]);
            var expired = await List("expired", issuing, more: ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"]);
            var forged = await List("forged", issuing with { Minted = Forged(issuing) });
            var complete = new[] { policyList, root };
            _web.Answer = path => path switch
            {
                "/ca.crl" => ListServer.Ok(File.ReadAllBytes(revoked)),
                "/slow.crl" => async (stream, stop) =>
                {
                    await Slow.Task.WaitAsync(stop);
                    await ListServer.Ok(File.ReadAllBytes(good))(stream, stop);
                },
                "/moved.crl" => ListServer.Status("302 Found", "Location: /ca.crl\r\n"),
                "/endless.crl" => EndlessAsync,
                _ => null,
            };
            (string Name, string[] Places, bool IsStrict)[] bundles =
            [
                ("good", [good, .. complete], true),
                ("revoked", [revoked, .. complete], false),
                ("issuer_revoked", [good, await List("policy-revoked", policy, issuing), root], false),
                ("delta", [good, delta, .. complete], false),
                ("delta_alone", [delta, .. complete], false),
                ("expired", [expired, .. complete], false),
                ("expired_strict", [expired, .. complete], true),
                ("wrong_signature", [forged, .. complete], false),
                ("wrong_issuer", complete, false),
                ("by_url", [_web.Url("/ca.crl").ToString()], false),
                ("redirected", [_web.Url("/moved.crl").ToString(), _web.Url("/ca.crl").ToString()], false),
                ("endless", [_web.Url("/endless.crl").ToString()], false),
                ("unreachable", ["http://127.0.0.1:1/ca.crl"], false),
                ("unreachable_strict", ["http://127.0.0.1:1/ca.crl"], true),
            ];
            while (_servers.Count < 4) _servers.Add(await OpensslServer.Start(files, "good"));
            ConfigFile = _workspace.Write("mtlsprobe.yml", Configuration(bundles, files, _servers.ConvertAll(server => server.Endpoints[0].Port)));
            SlowConfigFile = _workspace.Write("slow.yml", Configuration([("slow", [_web.Url("/slow.crl").ToString(), .. complete], true)], files, _servers.ConvertAll(server => server.Endpoints[0].Port)));
            var result = await Mtlsprobe.Run("probe", "--all", "--config.file", ConfigFile, "--output", "json");
            using var document = JsonDocument.Parse(result.StandardOutput);
            foreach (var element in document.RootElement.EnumerateArray().Select(element => element.Clone()))
            {
                var record = new ProbeRecord(element);
                Assert.True(element.GetProperty("chain").ValueKind == JsonValueKind.Object, record.ToString());
                Records.Add(element.GetProperty("target").GetString()!, (record, element.GetProperty("chain").GetProperty("revocation")[0]));
            }
        }

        public async Task DisposeAsync()
        {
            foreach (var server in _servers) await server.DisposeAsync();
            _web.Dispose();
            _workspace.Dispose();
        }

        private static string Configuration((string Name, string[] Places, bool IsStrict)[] bundles, PkiFiles files, List<int> ports) => $"""
            identities:
              good: {"{"} current: {"{"} certificate: "{files.ClientCertificate("good")}", key: "{files.ClientKey("good")}" {"}"} {"}"}
            trust:
            {string.Join("\n", bundles.Select(bundle => $"  {bundle.Name}: {{ files: [\"{files.Root}\"], revocation: {{ crl: [{string.Join(", ", bundle.Places.Select(place => $"\"{place}\""))}], when_unknown: {(bundle.IsStrict ? "reject" : "accept")} }} }}"))}
            targets:
            {string.Join("\n", bundles.Select((bundle, i) => $"  - {{ name: {bundle.Name}, address: \"127.0.0.1:{ports[i % ports.Count]}\", server_name: server.test, protocol: tls, identity: good, trust: {bundle.Name}, timeout: 20s, interval: 60s }}"))}
            """;

        /// <summary>The same name with another key.</summary>
        private static TestCertificate Forged(Issued issuer) => TestCertificate.SelfSigned(issuer.Minted.Template with { Key = null });

        /// <summary>A list from <c>openssl ca</c>, as an operator makes one.</summary>
        private async Task<string> List(string name, Issued issuer, Issued? revoked = null, string[]? more = null)
        {
            var folder = $"ca/{name}";
            var index = _workspace.Write($"{folder}/index.txt", revoked is null ? "" : $"R\t{Date(revoked.NotAfter)}\t{Date(DateTimeOffset.UtcNow.AddHours(-1))},keyCompromise\t{revoked.Serial.ToUpperInvariant()}\tunknown\t/CN=revoked\n");
            var configuration = _workspace.Write($"{folder}/ca.cnf", $"""
                [ca]
                default_ca = this
                [this]
                database = {index}
                certificate = {_workspace.Write($"{folder}/ca.pem", issuer.CertificatePem)}
                private_key = {_workspace.Write($"{folder}/ca.key", issuer.KeyPem)}
                crlnumber = {_workspace.Write($"{folder}/crlnumber", name == "delta" ? "06\n" : "05\n")}
                default_md = sha256
                default_crl_days = 7
                crl_extensions = complete
                [complete]
                authorityKeyIdentifier = keyid
                [delta]
                authorityKeyIdentifier = keyid
                2.5.29.27 = critical,ASN1:INTEGER:5
                """);
            var list = _workspace.PathOf($"{folder}/{name}.crl");
            await using var openssl = ChildProcess.Start("openssl ca", "openssl", ["ca", "-gencrl", "-config", configuration, "-out", list, .. more ?? []]);
            Assert.True(await openssl.Exit(TimeSpan.FromSeconds(60)) == 0 && File.Exists(list), openssl.Output);
            return list;
        }

        private async Task EndlessAsync(Stream stream, CancellationToken stop)
        {
            await stream.WriteAsync(ListServer.Head("200 OK", ""), stop);
            var piece = new byte[1 << 20];
            for (long sent = 0; sent < 10_000_000_000; sent += piece.Length)
            {
                await stream.WriteAsync(piece, stop);
                Sent = Math.Max(Sent, sent);
            }
        }

        private static string Date(DateTimeOffset date) => date.ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
    }
}
