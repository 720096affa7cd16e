using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Faults that real servers do not show on demand: each gets the verdict it deserves, and none is taken for a refusal that is none.</summary>
[Collection(TimedFaultsTests.Name)]
public sealed class FaultTests(TimedFaults faults)
{
    public static TheoryData<string> Names => FaultRange.All.Select(fault => fault.Name).ToRows();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_server_that(string name) => FaultRange.All.Single(fault => fault.Name == name).AssertVerdict(faults.Once.Records);

    /// <summary>All faults are probed by one run of the program, all at once.</summary>
    public sealed class Round : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("faults");
        private readonly FaultRange _range = new(FaultRange.All);

        internal IReadOnlyDictionary<string, ProbeRecord> Records { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync() =>
            Records = await Mtlsprobe.Probe(new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), _range.Targets), _workspace);

        public async Task DisposeAsync()
        {
            await _range.DisposeAsync();
            _workspace.Dispose();
        }
    }
}
