using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Verdicts on answers over HTTP, on enforcement and on chains, a hundred times and beside two busy loops: not one may be wrong.
/// </summary>
[Collection(AloneTests.Name)]
public sealed class RepeatedVerdictTests(RepeatedVerdictTests.Rounds rounds) : IClassFixture<RepeatedVerdictTests.Rounds>
{
    private const int Times = 50; // with each version: a hundred
    private const int TimesBusy = 5;

    /// <summary>The time for a probe that a server may leave without an answer: enough for what comes before that, also on a busy machine.</summary>
    private const string Silence = "5s";

    private static readonly string[] s_versions = ["1.2", "1.3"];

    public static TheoryData<string, string> Rows => RepeatedVerdictTable.Cases.Select(c => (c.Server, c.Credential)).ToRows();

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public void No_verdict_is_wrong_in_a_hundred(string server, string credential) => AssertAll(server, credential, Times, rounds.Near);

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public void No_verdict_is_wrong_beside_two_busy_loops(string server, string credential) => AssertAll(server, credential, TimesBusy, rounds.Busy);

    [RealServersFact]
    public void A_leaf_alone_is_told_each_time_with_who_presents_its_intermediate() =>
        Assert.All(
            rounds.Near.Concat(rounds.Busy).Select(entry => entry.Value).Where(record => record.Reason == "incomplete_chain"),
            record => Assert.Contains(", presented by the target ", record.Detail, StringComparison.Ordinal));

    private static void AssertAll(string server, string credential, int times, IReadOnlyDictionary<(string Target, string Expect), ProbeRecord> records)
    {
        var expected = RepeatedVerdictTable.Cases.Single(c => (c.Server, c.Credential) == (server, credential));
        List<string> wrong = [];
        foreach (var target in from version in s_versions from number in Enumerable.Range(0, times) select Name(expected, version, number))
        {
            Check(expected.Verdicts, records[(target, "accept")]);
            if (expected.WithoutCertificate is { } refusal) Check(refusal, records[(target, "reject")]);
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} are wrong, among them:\n{string.Join("\n", wrong.Take(3))}");

        void Check(IReadOnlyList<string> right, ProbeRecord record)
        {
            if (!right.Contains(record.Verdict)) wrong.Add($"expected {string.Join(" or ", right)}, got {record.Verdict}\n{record}");
        }
    }

    private static string Name(RepeatedCase c, string version, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{c.Server.Replace(' ', '-')}-{version}-{c.Credential}-{number}");

    /// <summary>All cells many times, and beside busy loops: for each group of them a run of the program, all groups at once.</summary>
    public sealed class Rounds : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("repeated");

        internal IReadOnlyDictionary<(string Target, string Expect), ProbeRecord> Near { get; private set; } = new Dictionary<(string, string), ProbeRecord>();

        internal IReadOnlyDictionary<(string Target, string Expect), ProbeRecord> Busy { get; private set; } = new Dictionary<(string, string), ProbeRecord>();

        public async Task InitializeAsync()
        {
            if (RealServers.Missing is not null) return; // every test is skipped
            await using var servers = await RepeatedServers.Start(_workspace);
            Near = await Probe(servers, "near", Times);
            await using var loops = new BusyLoops(2);
            Busy = await Probe(servers, "busy", TimesBusy);
        }

        public Task DisposeAsync()
        {
            _workspace.Dispose();
            return Task.CompletedTask;
        }

        private async Task<IReadOnlyDictionary<(string Target, string Expect), ProbeRecord>> Probe(RepeatedServers servers, string round, int times)
        {
            var groups = await Task.WhenAll(RepeatedVerdictTable.Groups.Select(async (group, index) =>
            {
                var targets =
                    from number in Enumerable.Range(0, times)
                    from version in s_versions
                    from c in @group
                    select Entry(servers, c, version, number);
                var file = new ConfigFile(servers.Files, [.. targets]) { FileName = $"{round}-{index}.yml", Timeout = "30s" }.WriteTo(_workspace);
                return Mtlsprobe.Records(await Mtlsprobe.Run("probe", "--all", "--config.file", file, "--output", "json"));
            }));
            return groups.SelectMany(records => records).ToDictionary(record => (record.Target, record.Expect));
        }

        private static TargetEntry Entry(RepeatedServers servers, RepeatedCase c, string version, int number)
        {
            List<string> more = [];
            if (c.TakesAllTime) more.Add($"timeout: {Silence}");
            if (c.WithoutCertificate is not null) more.Add("must_reject: [none]");
            if (c.Server.EndsWith(" other-strings", StringComparison.Ordinal)) more.Add($"expect: {{ issuer: {servers.OtherStringsIssuer} }}");
            var endpoint = servers[c.Server];
            return new TargetEntry(Name(c, version, number), endpoint.Port)
            {
                Protocol = endpoint.Protocol,
                ServerName = endpoint.ServerName,
                Version = version,
                Identity = c.Credential,
                ExpectStatus = c.Server == "nginx-http good" ? "[200, 400]" : null, // where a refusal has this status
                More = more,
            };
        }
    }
}
