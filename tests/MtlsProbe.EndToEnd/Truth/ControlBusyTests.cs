using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The verdicts of <see cref="ControlTests"/> are the same beside two busy loops.</summary>
[Collection(BusyRoundsTests.Name)]
public sealed class ControlBusyTests(BusyRounds rounds)
{
    public static TheoryData<string, string, string> Cells => ControlTests.Cells;

    [RealServersTheory]
    [MemberData(nameof(Cells))]
    public void A_close_has_the_right_meaning_beside_two_busy_loops(string server, string version, string credential) =>
        ControlTable.Case(server, version, credential).AssertVerdict(rounds.Control);
}
