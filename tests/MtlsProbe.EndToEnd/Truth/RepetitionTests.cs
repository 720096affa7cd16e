using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Verdicts that depend on what comes first, many times, near and far: servers whose refusal comes after their tickets, and servers whose alert must
/// not be lost. None may be wrong.
/// </summary>
[Collection(AloneTests.Name)]
public sealed class RepetitionTests(ServerRange range, RepetitionTests.Rounds rounds) : IClassFixture<ServerRange>, IClassFixture<RepetitionTests.Rounds>
{
    private const int Times = 200;

    private static readonly string[] Credentials = ["good", "wrong_ca", "good", "none"];

    private static readonly TimeSpan EachWay = TimeSpan.FromMilliseconds(25);

    private static readonly (string Server, string Version)[] Servers =
    [
        ("nginx-stream", "1.2"), ("nginx-stream", "1.3"), ("kestrel-tls", "1.2"), ("kestrel-tls", "1.3"), ("kestrel-https", "1.3"),
        ("haproxy-tcp", "1.3"), ("stunnel", "1.3"), ("nginx-http", "1.3"), ("apache-host", "1.3"), ("apache-location", "1.3"),
    ];

    public static TheoryData<string, string> Rows => Servers.ToRows();

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public async Task No_verdict_is_wrong_in_two_hundred(string server, string version) => AssertAll(server, version, await rounds.Near(range));

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public async Task No_verdict_is_wrong_in_two_hundred_through_a_relay_that_adds_25_ms_each_way(string server, string version) =>
        AssertAll(server, version, await rounds.Far(range));

    private static void AssertAll(string server, string version, IReadOnlyDictionary<string, ProbeRecord> all)
    {
        var wrong = new List<string>();
        for (var i = 0; i < Times; i++)
        {
            var expected = ClientCredentialTable.Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, Credentials[i % Credentials.Length]));
            var record = all[$"{expected.Target}-{i}"];
            if (record.Verdict != expected.Verdict) wrong.Add($"expected {expected.Verdict}, got {record.Verdict}\n{record}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Times} are wrong, among them:\n{string.Join("\n", wrong.Take(3))}");
    }

    /// <summary>Two runs of the program, in parallel: all repetitions near, and all through relays.</summary>
    public sealed class Rounds : IAsyncLifetime
    {
        private readonly Dictionary<string, Relay> _relays = [];
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _near;
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _far;

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            foreach (var relay in _relays.Values) await relay.DisposeAsync();
        }

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Near(ServerRange range)
        {
            Start(range);
            return _near!;
        }

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Far(ServerRange range)
        {
            Start(range);
            return _far!;
        }

        private void Start(ServerRange range)
        {
            if (_near is not null) return;
            foreach (var server in Servers.Select(s => s.Server).Distinct()) _relays[server] = Relay.Distant(range[server].Port, EachWay);
            _near = Probe(range, "near.yml", server => range[server].Port);
            _far = Probe(range, "far.yml", server => _relays[server].Port);
        }

        private static Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(ServerRange range, string file, Func<string, int> port)
        {
            var targets =
                from i in Enumerable.Range(0, Times)
                from s in Servers
                let c = ClientCredentialTable.Cases.Single(c => (c.Server, c.Version, c.Credential) == (s.Server, s.Version, Credentials[i % Credentials.Length]))
                select new TargetEntry($"{c.Target}-{i}", port(s.Server))
                {
                    Protocol = range[s.Server].Protocol,
                    Path = range[s.Server].Path,
                    Version = s.Version,
                    Identity = c.Credential,
                };
            return Mtlsprobe.Probe(new ConfigFile(range.Files, [.. targets]) { FileName = file, Timeout = "30s" }, range.Workspace);
        }
    }
}
