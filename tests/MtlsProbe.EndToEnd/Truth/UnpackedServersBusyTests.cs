using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The verdicts of <see cref="UnpackedServersTests"/> are the same beside two busy loops.</summary>
[Collection(BusyRoundsTests.Name)]
public sealed class UnpackedServersBusyTests(BusyRounds rounds)
{
    internal const int Times = 3; // of each cell: together more than a hundred

    public static TheoryData<string, string> Repeated => UnpackedServersRounds.Repeated;

    [UnpackedServersTheory]
    [MemberData(nameof(Repeated))]
    public void No_verdict_is_wrong_beside_two_busy_loops(string server, string credential) => rounds.Unpacked.AssertAll(server, credential, Times);
}
