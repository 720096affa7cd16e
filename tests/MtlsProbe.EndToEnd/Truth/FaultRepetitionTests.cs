using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Late refusals, slow acceptances and silence, many times, near and far. No verdict may be wrong.</summary>
[Collection(AloneTests.Name)]
public sealed class FaultRepetitionTests(FaultRepetitionTests.Rounds rounds) : IClassFixture<FaultRepetitionTests.Rounds>
{
    private const int Times = 200;

    private static readonly TimeSpan EachWay = TimeSpan.FromMilliseconds(25);

    private static readonly IReadOnlyList<Fault> Repeated =
    [
        .. TlsFaults.All.Where(fault => fault.Version == "1.3" && (fault.Name.Contains("300 ms", StringComparison.Ordinal)
            || fault.Name.StartsWith("is slow", StringComparison.Ordinal)
            || fault.Name.StartsWith("closes after the", StringComparison.Ordinal)
            || fault.Name.StartsWith("sends no ticket and waits", StringComparison.Ordinal))),
        .. HttpFaults.All.Where(fault => fault.Name.StartsWith("closes 300 ms", StringComparison.Ordinal)),
    ];

    public static TheoryData<string> Names => Repeated.Select(fault => fault.Name).ToRows();

    [Theory]
    [MemberData(nameof(Names))]
    public void No_verdict_is_wrong_in_two_hundred(string name) => AssertAll(name, rounds.Near);

    [Theory]
    [MemberData(nameof(Names))]
    public void No_verdict_is_wrong_in_two_hundred_through_a_relay_that_adds_25_ms_each_way(string name) => AssertAll(name, rounds.Far);

    private static void AssertAll(string name, IReadOnlyDictionary<string, ProbeRecord> records)
    {
        var fault = Repeated.Single(fault => fault.Name == name);
        var wrong = Enumerable.Range(0, Times).Select(i => records[$"{i}-{fault.Target}"]).Where(record => record.Verdict != fault.Verdict).ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Times} are wrong: {string.Join(", ", wrong.Select(r => r.Verdict).Distinct())}\n{wrong.FirstOrDefault()}");
    }

    /// <summary>Two runs of the program, in parallel: most of their time is waiting.</summary>
    public sealed class Rounds : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("repeated");
        private readonly FaultRange _range = new(Repeated);
        private readonly Dictionary<string, Relay> _relays = [];

        internal IReadOnlyDictionary<string, ProbeRecord> Near { get; private set; } = new Dictionary<string, ProbeRecord>();

        internal IReadOnlyDictionary<string, ProbeRecord> Far { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync()
        {
            foreach (var target in _range.Targets) _relays[target.Name] = Relay.Distant(target.Port, EachWay);
            var rounds = await Task.WhenAll(Probe("near.yml", target => target.Port), Probe("far.yml", target => _relays[target.Name].Port));
            (Near, Far) = (rounds[0], rounds[1]);
        }

        public async Task DisposeAsync()
        {
            foreach (var relay in _relays.Values) await relay.DisposeAsync();
            await _range.DisposeAsync();
            _workspace.Dispose();
        }

        private Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(string file, Func<TargetEntry, int> port)
        {
            var targets = Enumerable.Range(0, Times)
                .SelectMany(i => _range.Targets.Select(target => target with { Name = $"{i}-{target.Name}", Port = port(target) }));
            return Mtlsprobe.Probe(new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), [.. targets]) { FileName = file }, _workspace);
        }
    }
}
