using System.Globalization;
using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Every real server as if it took time to decide: a relay delays everything after the ClientHello. The verdict is the same as for a quick server,
/// whether it refuses with an alert, by a close after its tickets or in its answer, and whether it accepts silently or not. openssl s_server is
/// excluded: it serves one connection after the other, so each waits for all.
/// </summary>
[Collection(RealServersTests.Name)]
public sealed class SlowDecisionTests(ServerRange range, SlowDecisionTests.Round round) : IClassFixture<SlowDecisionTests.Round>
{
    private static readonly int[] Milliseconds = [250, 300, 500];

    private static readonly ClientCase[] Cases =
        [.. ClientCredentialTable.Cases.Where(c => c.Credential is "good" or "none" or "wrong_ca" && !c.Server.StartsWith("s_server", StringComparison.Ordinal))];

    public static TheoryData<string, string, string> Rows => Cases.Select(c => (c.Server, c.Version, c.Credential)).ToRows();

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public async Task A_slow_decision_is_reported_correctly(string server, string version, string credential)
    {
        var expected = Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, credential));
        foreach (var time in Milliseconds)
        {
            var record = (await round.Records(range))[Target(expected, time)];
            Assert.True(expected.Verdict == record.Verdict, $"{time} ms, expected: {expected.Verdict}\nbut got: {record.Verdict}\n{record}");
        }
    }

    private static string Target(ClientCase c, int time) => string.Create(CultureInfo.InvariantCulture, $"{c.Target}-{time}");

    /// <summary>For each delay, one run of the program probes all cases. All at once, they would make the servers in this process late.</summary>
    public sealed class Round : IAsyncLifetime
    {
        private readonly List<Relay> _relays = [];
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _records;

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            foreach (var relay in _relays) await relay.DisposeAsync();
        }

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Records(ServerRange range) => _records ??= Probe(range);

        private async Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(ServerRange range)
        {
            Dictionary<string, ProbeRecord> records = [];
            foreach (var time in Milliseconds)
            {
                var targets = Cases.Select(c => Entry(c, time, range[c.Server]));
                foreach (var (target, record) in await Mtlsprobe.Probe(new ConfigFile(range.Files, [.. targets]) { FileName = "slow.yml", Timeout = "30s" }, range.Workspace))
                    records.Add(target, record);
            }

            return records;
        }

        private TargetEntry Entry(ClientCase c, int time, Endpoint endpoint)
        {
            var relay = Relay.SlowToDecide(endpoint.Port, TimeSpan.FromMilliseconds(time));
            _relays.Add(relay);
            return new TargetEntry(Target(c, time), relay.Port)
            {
                Protocol = endpoint.Protocol,
                Path = endpoint.Path,
                Version = c.Version,
                Identity = c.Credential,
            };
        }
    }
}
