using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The verdicts of <see cref="UnpackedServersTests"/> are the same beside two busy loops.</summary>
[Collection(AloneTests.Name)]
public sealed class UnpackedServersBusyTests(UnpackedServersBusyTests.Rounds rounds) : IClassFixture<UnpackedServersBusyTests.Rounds>
{
    private const int Times = 3; // of each cell: more than a hundred together

    public static TheoryData<string, string> Repeated => UnpackedServersRounds.Repeated;

    [UnpackedServersTheory]
    [MemberData(nameof(Repeated))]
    public void No_verdict_is_wrong_beside_two_busy_loops(string server, string credential) => rounds.All.AssertAll(server, credential, Times);

    public sealed class Rounds : IAsyncLifetime
    {
        internal UnpackedServersRounds All { get; } = new();

        public Task InitializeAsync() => All.Probe(Times, loops: 2);

        public Task DisposeAsync()
        {
            All.Dispose();
            return Task.CompletedTask;
        }
    }
}
