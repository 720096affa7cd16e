using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>On https only an HTTP answer shows acceptance, and not every answer is the service's: nginx, haproxy and apache, TLS 1.2 and 1.3.</summary>
[Collection(RealServersTests.Name)]
public sealed class HttpVerdictTests(ServerRange range, HttpVerdictTests.Round round) : IClassFixture<HttpVerdictTests.Round>, IAsyncLifetime
{
    private static readonly string[] s_versions = ["1.2", "1.3"];
    private static readonly string[] s_unasking = ["nginx-unasked", "haproxy-unasked", "haproxy-unasked-tcp"];
    private static readonly string[] s_credentials = ["good", "none", "expired", "wrong_ca"];
    private static readonly (string Version, string Credential)[] s_cells = [.. from version in s_versions from credential in s_credentials select (version, credential)];

    public async Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return;
        await round.Start(range);
        _ = (SilentOnes(), AnsweringOnes(), UnaskingOnes()); // they mostly wait, and beside the other tests
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<string, string> Silent => new()
    {
        { "nginx-444", "closed" },
        { "haproxy-drop-http", "closed or timeout" }, // a reset, or silence if haproxy has the right to TCP_REPAIR
        { "haproxy-hole", "timeout" },
    };

    public static TheoryData<string, string> Answering => new()
    {
        { "asked-407", "unconfirmed protocol no_confirmation" },
        { "unasked-407", "unconfirmed protocol no_confirmation" },
        { "asked-502", "accepted enforcement not_refused" },
        { "unasked-502", "unconfirmed protocol no_confirmation" },
        { "asked-503", "unconfirmed protocol no_confirmation" },
        { "unasked-503", "unconfirmed protocol no_confirmation" },
        { "asked-504", "accepted enforcement not_refused" },
        { "unasked-504", "unconfirmed protocol no_confirmation" },
    };

    public static TheoryData<string> Unasking => s_unasking.ToRows();

    [RealServersTheory]
    [MemberData(nameof(Silent))]
    public async Task A_server_that_refuses_strangers_silently_neither_accepts_nor_refuses_them(string server, string reason)
    {
        var records = await SilentOnes();

        foreach (var (version, credential) in s_cells)
        {
            var record = records[$"{server}-{version}-{credential}"].Single();
            string[] expected = credential == "good" ? ["accepted"] : [.. reason.Split(" or ").Select(one => $"unconfirmed application {one}")];
            Assert.True(expected.Contains(record.Verdict), $"{version} {credential}: expected {string.Join(" or ", expected)}\n{record}");
            Assert.Equal((version, true), (record.TlsVersion, record.Requested));
            if (credential != "good") Assert.Equal(("application", record.Reason == "timeout" ? "silence" : "closed"), (record.Phase, record.Evidence));
        }
    }

    [RealServersFact]
    public async Task A_server_that_drops_strangers_after_the_handshake_accepts_only_our_credential()
    {
        var records = await Probe("dropped",
            from version in s_versions from credential in s_credentials select Target("haproxy-drop-tcp", $"{version}-{credential}") with { Version = version, Identity = credential });

        Assert.All(records, entry => Assert.Equal(entry.Key.EndsWith("good", StringComparison.Ordinal), entry.Value.Single().Outcome == "accepted"));
    }

    [RealServersFact]
    public async Task A_421_is_no_verdict_with_any_credential()
    {
        var records = await Probe("421",
        [
            .. from version in s_versions
               from server in (string[])["asked-421", "unasked-421"]
               from credential in (string[])["good", "none"]
               select Target(server, $"{version}-{credential}") with { Version = version, Identity = credential, More = credential == "none" ? [] : ["must_reject: [none]"] },
        ]);

        Assert.Equal(12, records.Values.Sum(ofTarget => ofTarget.Count));
        Assert.All(records.Values.SelectMany(ofTarget => ofTarget), record =>
        {
            Assert.Equal("failed protocol misdirected", record.Verdict);
            Assert.Contains("Server: \"front\"", record.Detail, StringComparison.Ordinal);
        });
    }

    [RealServersFact]
    public async Task A_421_of_apache_itself_to_a_probe_by_address_is_no_verdict()
    {
        IReadOnlyList<TargetEntry> targets =
        [
            .. from version in s_versions
               from server in MisdirectedApache.All
               select Target(server, version) with { Version = version, More = server == MisdirectedApache.OtherAuthority ? [] : ["must_reject: [none]"] },
        ];
        var records = await Probe("421-of-apache", targets);

        Assert.Equal(10, records.Values.Sum(ofTarget => ofTarget.Count));
        Assert.All(records.Values.SelectMany(ofTarget => ofTarget), record =>
        {
            Assert.Equal("failed protocol misdirected", record.Verdict);
            Assert.Contains("Server: \"Apache", record.Detail, StringComparison.Ordinal);
            Assert.Contains("server_name", record.Hint, StringComparison.Ordinal);
        });

        await using var exporter = await Exporter.Start(new ConfigFile(range.Files, targets) { FileName = "misdirected.yml" }.WriteTo(range.Workspace));
        await exporter.Ready();
        var metrics = await exporter.Scrape();
        Assert.Equal(10, metrics.Sum("mtlsprobe_handshakes_total", ("outcome", "failed")));
        Assert.Empty(metrics.All("mtlsprobe_rejection_enforced"));
        Assert.Empty(metrics.All("mtlsprobe_client_certificate_accepted"));
    }

    [RealServersTheory]
    [MemberData(nameof(Answering))]
    public async Task A_front_that_answers_for_the_service_is_no_acceptance_unless_it_asked_and_passed_on(string server, string verdict)
    {
        var records = await AnsweringOnes();

        Assert.All(s_versions, version =>
        {
            var ofTarget = records[$"{server}-{version}"];
            var refusal = ofTarget.Single(record => record.Expect == "reject");
            Assert.True(verdict == refusal.Verdict, $"expected {verdict}\n{refusal}");
            Assert.Contains("Server: \"front\", Via: \"1.1 front\"", refusal.Detail, StringComparison.Ordinal);
        });
    }

    [RealServersTheory]
    [MemberData(nameof(Unasking))]
    public async Task A_server_that_never_asks_for_our_certificate_is_no_success_unless_that_is_expected(string server)
    {
        var records = await UnaskingOnes();

        Assert.All(from version in s_versions from way in (string[])["shown", "meant", "without"] select (version, way), cell =>
        {
            var record = records[$"{server}-{cell.version}-{cell.way}"].Single();
            Assert.Equal(cell.way == "shown" ? "accepted enforcement not_requested" : "accepted", record.Verdict);
            Assert.False(record.Requested);
        });
    }

    [RealServersFact]
    public async Task A_server_that_asks_only_for_the_request_has_asked()
    {
        var apache = range["apache-location"];
        var records = await Probe("location",
        [
            .. from version in s_versions
               from path in (string[])["/", "/private/"]
               select new TargetEntry($"apache-{version}-{path.Length}", apache.Port) { Protocol = "https", Path = path, Version = version },
        ]);

        Assert.All(records, entry => Assert.Equal(entry.Key.EndsWith("-1", StringComparison.Ordinal) ? "accepted enforcement not_requested" : "accepted", entry.Value.Single().Verdict));
    }

    [RealServersFact]
    public async Task A_refusal_by_400_that_is_listed_as_success_is_a_refusal_and_not_ready()
    {
        TargetEntry Nginx(string name) => new(name, range["nginx-http"].Port) { Protocol = "https", ExpectStatus = "[200, 400]" };
        var records = await Probe("nginx", from version in s_versions from credential in s_credentials select Nginx($"{version}-{credential}") with { Version = version, Identity = credential });
        Assert.All(records, entry => Assert.Equal(entry.Key.EndsWith("good", StringComparison.Ordinal) ? "accepted" : "rejected client_certificate http_status", entry.Value.Single().Verdict));

        var file = new ConfigFile(range.Files, [Nginx("nginx")]) { FileName = "listed.yml" }.WriteTo(range.Workspace);
        var preflight = await Mtlsprobe.Run(
            "preflight", "--identity", "good", "--cert", range.Files.ClientCertificate("wrong_ca"), "--key", range.Files.ClientKey("wrong_ca"), "--config.file", file);
        Assert.Equal(1, preflight.ExitCode);
        Assert.Contains("Not ready: 1 of 1 server would break", preflight.StandardOutput, StringComparison.Ordinal);
    }

    [RealServersTheory]
    [InlineData("nginx-444")]
    [InlineData("haproxy-hole")]
    public async Task A_new_credential_that_gets_no_answer_is_not_ready(string server)
    {
        var file = new ConfigFile(range.Files, [Target(server, "preflight")]) { FileName = $"{server}.yml", Timeout = "4s" }.WriteTo(range.Workspace);

        var preflight = await Mtlsprobe.Run(
            "preflight", "--identity", "good", "--cert", range.Files.ClientCertificate("expired"), "--key", range.Files.ClientKey("expired"), "--config.file", file);

        Assert.Equal(1, preflight.ExitCode);
        Assert.Contains("Not ready: none of 1 server is known to break with the new credential of good; 1 not proven: ", preflight.StandardOutput, StringComparison.Ordinal);
    }

    private Task<IReadOnlyDictionary<string, List<ProbeRecord>>> SilentOnes() => round.Once("silent", () => Probe(
        "silent",
        from row in Silent
        from cell in s_cells
        select Target((string)row[0], $"{cell.Version}-{cell.Credential}") with { Version = cell.Version, Identity = cell.Credential }));

    private Task<IReadOnlyDictionary<string, List<ProbeRecord>>> AnsweringOnes() => round.Once("answering", () => Probe(
        "answering",
        from row in Answering
        from version in s_versions
        select Target((string)row[0], version) with { Version = version, More = ["must_reject: [none]"] }));

    private Task<IReadOnlyDictionary<string, List<ProbeRecord>>> UnaskingOnes() => round.Once("unasking", () => Probe(
        "unasking",
        from name in s_unasking
        from version in s_versions
        from target in (TargetEntry[])
        [
            Target(name, $"{version}-shown"),
            Target(name, $"{version}-meant") with { More = ["expect: { client_certificate_requested: false }"] },
            Target(name, $"{version}-without") with { Identity = "none" },
        ]
        select target with { Version = version }));

    private TargetEntry Target(string server, string name)
    {
        var endpoint = round.Fronts!.Endpoints[server];
        return new($"{server}-{name}", endpoint.Port) { Protocol = endpoint.Protocol, ServerName = endpoint.ServerName };
    }

    /// <summary>One run of the program; the records by target.</summary>
    private async Task<IReadOnlyDictionary<string, List<ProbeRecord>>> Probe(string name, IEnumerable<TargetEntry> targets)
    {
        var file = new ConfigFile(range.Files, [.. targets]) { FileName = $"http-verdicts-{name}.yml" }.WriteTo(range.Workspace);
        var result = await Mtlsprobe.Run("probe", "--all", "--config.file", file, "--output", "json");
        return Mtlsprobe.Records(result).GroupBy(record => record.Target).ToDictionary(ofTarget => ofTarget.Key, ofTarget => ofTarget.ToList());
    }

    /// <summary>The servers of these tests.</summary>
    public sealed class Round : IAsyncLifetime
    {
        private readonly Sink _sink = new();
        private readonly Dictionary<string, Task<IReadOnlyDictionary<string, List<ProbeRecord>>>> _runs = [];

        internal HttpFronts? Fronts { get; private set; }

        public Task InitializeAsync() => Task.CompletedTask;

        internal async Task Start(ServerRange range) => Fronts ??= await HttpFronts.Start(range.Workspace, range.Files, _sink.Port);

        /// <summary>The rows of a theory share one run.</summary>
        internal Task<IReadOnlyDictionary<string, List<ProbeRecord>>> Once(string theory, Func<Task<IReadOnlyDictionary<string, List<ProbeRecord>>>> probe) =>
            _runs.TryGetValue(theory, out var run) ? run : _runs[theory] = probe();

        public async Task DisposeAsync()
        {
            if (Fronts is not null) await Fronts.DisposeAsync();
            await _sink.DisposeAsync();
        }
    }
}
