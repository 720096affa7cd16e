using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Faults that real servers do not have on demand: each gets the right verdict, and none is taken for a refusal by mistake.</summary>
[Collection(TimedFaultsTests.Name)]
public sealed class FaultTests(TimedFaults faults)
{
    public static TheoryData<string> Names => FaultRange.All.Select(fault => fault.Name).ToRows();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_server_that(string name) => FaultRange.All.Single(fault => fault.Name == name).AssertVerdict(faults.Once.Records);

    /// <summary>One run of the program probes all faults, all at once.</summary>
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
