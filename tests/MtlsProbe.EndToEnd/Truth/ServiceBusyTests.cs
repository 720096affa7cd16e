using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The verdicts of <see cref="ServiceTests"/> are the same beside two busy loops.</summary>
[Collection(BusyRoundsTests.Name)]
public sealed class ServiceBusyTests(BusyRounds rounds)
{
    internal const int Times = 5; // of each cell: together some four hundred

    public static TheoryData<string, string> Repeated => ServiceRounds.Repeated;

    [ServiceServersTheory]
    [MemberData(nameof(Repeated))]
    public void No_verdict_is_wrong_beside_two_busy_loops(string server, string credential) => rounds.Services.AssertAll(server, credential, Times);
}
