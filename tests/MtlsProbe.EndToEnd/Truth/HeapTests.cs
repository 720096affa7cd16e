using MtlsProbe.EndToEnd.Faults;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Handshakes of every kind under glibc's checking heap, which ends the process on a double or wild free and overwrites every freed or fresh block,
/// so a later read of it returns nonsense. Each verdict is the same as without it.
/// </summary>
public sealed class HeapTests : IAsyncLifetime
{
    private const int Rounds = 3;

    private static readonly Dictionary<string, string> CheckingHeap = new()
    {
        ["LD_PRELOAD"] = Needs.MallocDebug,
        ["MALLOC_CHECK_"] = "3",
        ["MALLOC_PERTURB_"] = "165",
    };

    private readonly Workspace _workspace = new("heap");
    private readonly FaultRange _range = new(FaultRange.All);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _range.DisposeAsync();
        _workspace.Dispose();
    }

    [Fact]
    public async Task Verdicts_are_the_same_under_a_checking_heap()
    {
        var targets = Enumerable.Range(0, Rounds).SelectMany(i => _range.Targets.Select(target => target with { Name = $"{i}-{target.Name}" }));
        var configuration = new ConfigFile(new PkiFiles(_workspace, TestPki.Shared), [.. targets]);

        var records = await Mtlsprobe.Probe(configuration, _workspace, CheckingHeap);

        for (var i = 0; i < Rounds; i++)
        {
            foreach (var fault in FaultRange.All) fault.AssertVerdict(records, $"{i}-");
        }
    }
}
