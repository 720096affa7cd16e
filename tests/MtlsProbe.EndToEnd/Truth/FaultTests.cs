using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Faults that real servers do not show on demand: each gets the verdict it deserves, and none is taken for a refusal that is none.</summary>
public sealed class FaultTests(FaultTests.Round round) : IClassFixture<FaultTests.Round>
{
    public static TheoryData<string> Names => Faults.Select(fault => fault.Name).ToRows();

    private static IReadOnlyList<Fault> Faults { get; } = [.. PlainFaults.All, .. TlsFaults.All, .. HttpFaults.All];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_server_that(string name)
    {
        var fault = Faults.Single(fault => fault.Name == name);
        var record = round.Records[fault.Target];

        Assert.True(fault.Verdict.Split(" or ").Contains(record.Verdict), $"expected: {fault.Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(record.Verdict == "accepted", record.Success);
    }

    /// <summary>All faults are probed by one run of the program, all at once.</summary>
    public sealed class Round : IAsyncLifetime
    {
        private readonly Workspace _workspace = new("faults");
        private readonly List<FaultServer> _servers = [];

        internal IReadOnlyDictionary<string, ProbeRecord> Records { get; private set; } = new Dictionary<string, ProbeRecord>();

        public async Task InitializeAsync()
        {
            var files = new PkiFiles(_workspace, TestPki.Shared);
            Records = await Mtlsprobe.Probe(new ConfigFile(files, [.. Faults.Select(Target)]), _workspace);
        }

        public async Task DisposeAsync()
        {
            foreach (var server in _servers) await server.DisposeAsync();
            _workspace.Dispose();
        }

        private TargetEntry Target(Fault fault)
        {
            var server = FaultServer.Start(fault.Script);
            _servers.Add(server);
            return new TargetEntry(fault.Target, server.Port)
            {
                Protocol = fault.Protocol,
                Version = fault.Version,
                ExpectStatus = fault.ExpectStatus,
                More = [$"timeout: {fault.Timeout}"],
            };
        }
    }
}
