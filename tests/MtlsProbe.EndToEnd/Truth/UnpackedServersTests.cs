using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Servers that refuse, and accept, unlike those of the web: by a bare close or a reset, in words, with an alert that speaks of
/// something else; and those that never answer a close_notify.
/// </summary>
[Collection(AloneTests.Name)]
public sealed class UnpackedServersTests(UnpackedServersTests.Rounds rounds) : IClassFixture<UnpackedServersTests.Rounds>
{
    private const int Times = 50; // with each version: a hundred
    private const int TimesBusy = 3; // of each cell: more than a hundred together

    private static readonly IReadOnlyList<ClientCase> Cases = UnpackedServersTable.Cases;

    public static TheoryData<string, string, string> Cells => Cases.Select(c => (c.Server, c.Version, c.Credential)).ToRows();

    public static TheoryData<string, string> Repeated => Cases.Select(c => (c.Server, c.Credential)).Distinct().ToRows();

    [UnpackedServersTheory]
    [MemberData(nameof(Cells))]
    public void A_server_s_decision_about_a_client_credential_is_told_as_it_is(string server, string version, string credential)
    {
        var expected = Case(server, version, credential);
        var record = rounds.Near[Target(expected, 0)];
        Assert.True(expected.Verdict == record.Verdict, $"expected: {expected.Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(expected.Verdict == "accepted", record.Success);
        if (record.Success) Assert.Contains(record.Evidence, (string[])["handshake_finished", "close_notify", "control", "http_status"]);
        Assert.Equal(version, record.TlsVersion);
        Assert.True(record.Requested);
        Assert.Equal(credential == "none" ? null : TestPki.Shared.Clients[credential].Serial, record.PresentedSerial);
    }

    [UnpackedServersTheory]
    [MemberData(nameof(Repeated))]
    public void No_verdict_is_wrong_in_a_hundred(string server, string credential) => AssertAll(server, credential, Times, rounds.Near);

    [UnpackedServersTheory]
    [MemberData(nameof(Repeated))]
    public void No_verdict_is_wrong_beside_two_busy_loops(string server, string credential) => AssertAll(server, credential, TimesBusy, rounds.Busy);

    [UnpackedServersTheory]
    [InlineData("none", "421 4.7.1 server.test Error: No client certificate presented")]
    [InlineData("expired", "421 4.7.1 server.test Error: Client certificate not trusted")]
    [InlineData("wrong_ca", "421 4.7.1 server.test Error: Client certificate not trusted")]
    public void What_Postfix_says_before_it_closes_is_shown(string credential, string words)
    {
        foreach (var version in (string[])["1.2", "1.3"])
            Assert.Contains(words, rounds.Near[Target(Case("postfix", version, credential), 0)].Detail, StringComparison.Ordinal);
    }

    private static ClientCase Case(string server, string version, string credential) =>
        Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, credential));

    private static string Target(ClientCase c, int number) => string.Create(CultureInfo.InvariantCulture, $"{c.Target}-{number}");

    private static void AssertAll(string server, string credential, int times, IReadOnlyDictionary<string, ProbeRecord> records)
    {
        var all =
            from c in Cases
            where (c.Server, c.Credential) == (server, credential)
            from number in Enumerable.Range(0, UnpackedServersTable.Times(c, times))
            select (c.Verdict, Record: records[Target(c, number)]);
        var wrong = all.Where(one => one.Verdict != one.Record.Verdict).ToList();
        var got = string.Join("\n", wrong.GroupBy(one => $"expected {one.Verdict}, got {one.Record.Verdict}").Select(group => $"{group.Count()} × {group.Key}"));
        Assert.True(wrong.Count == 0, $"{got}\n{wrong.FirstOrDefault().Record}");
    }

    /// <summary>Two runs of the program: all cells many times, and beside busy loops.</summary>
    public sealed class Rounds : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("unpacked");

        internal IReadOnlyDictionary<string, ProbeRecord> Near { get; private set; } = new Dictionary<string, ProbeRecord>();

        internal IReadOnlyDictionary<string, ProbeRecord> Busy { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync()
        {
            if (UnpackedServers.Missing is not null) return; // every test is skipped
            await using var servers = await UnpackedServers.Start(_workspace);
            Near = await Probe(servers, "near.yml", Times);
            await using var loops = new BusyLoops(2);
            Busy = await Probe(servers, "busy.yml", TimesBusy);
        }

        public Task DisposeAsync()
        {
            _workspace.Dispose();
            return Task.CompletedTask;
        }

        private Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(UnpackedServers servers, string file, int times)
        {
            var turns = Cases.Select(c => c.Server).Distinct().ToDictionary(server => server, server => new Queue<Endpoint>(servers[server]));
            var targets =
                from number in Enumerable.Range(0, 2 * times)
                from c in Cases
                where number < UnpackedServersTable.Times(c, times)
                select Entry(c, number, Next(turns[c.Server]));
            return Mtlsprobe.Probe(new ConfigFile(servers.Files, [.. targets]) { FileName = file, Timeout = "30s" }, _workspace);
        }

        private static TargetEntry Entry(ClientCase c, int number, Endpoint endpoint) =>
            new(Target(c, number), endpoint.Port) { Host = endpoint.Host, Protocol = endpoint.Protocol, Path = endpoint.Path, Version = c.Version, Identity = c.Credential };

        /// <summary>The ports of a server take turns, so that a probe seldom waits for another.</summary>
        private static Endpoint Next(Queue<Endpoint> turns)
        {
            var next = turns.Dequeue();
            turns.Enqueue(next);
            return next;
        }
    }
}
