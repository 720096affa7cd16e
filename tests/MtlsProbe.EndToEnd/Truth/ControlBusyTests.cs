using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The verdicts of <see cref="ControlTests"/> are the same beside two busy loops.</summary>
[Collection(AloneTests.Name)]
public sealed class ControlBusyTests(ControlBusyTests.Round round) : IClassFixture<ControlBusyTests.Round>
{
    public static TheoryData<string, string, string> Cells => ControlTests.Cells;

    [RealServersTheory]
    [MemberData(nameof(Cells))]
    public void A_close_is_told_as_what_it_means_beside_two_busy_loops(string server, string version, string credential) =>
        ControlTable.Case(server, version, credential).AssertVerdict(round.Records);

    /// <summary>All cells are probed by one run of the program.</summary>
    public sealed class Round : IAsyncLifetime
    {
        private readonly SilentRange _range = new();

        internal IReadOnlyDictionary<string, ProbeRecord> Records { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync()
        {
            await _range.InitializeAsync();
            if (RealServers.Missing is not null) return; // every test is skipped
            await using var loops = new BusyLoops(2);
            Records = await Mtlsprobe.Probe(
                new ConfigFile(_range.Files, [.. ControlTable.Cases.Select(c => ControlTable.Target(_range, c))]) { FileName = "busy.yml", Timeout = "10s" }, _range.Workspace);
        }

        public Task DisposeAsync() => _range.DisposeAsync();
    }
}
