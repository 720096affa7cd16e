using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The verdicts of <see cref="RepeatedVerdictTests"/> are the same beside two busy loops.</summary>
[Collection(BusyRoundsTests.Name)]
public sealed class RepeatedVerdictBusyTests(BusyRounds rounds)
{
    internal const int Times = 5; // with each version

    public static TheoryData<string, string> Rows => RepeatedVerdictRounds.Rows;

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public void No_verdict_is_wrong_beside_two_busy_loops(string server, string credential) => rounds.Repeated.AssertAll(server, credential, Times);

    [RealServersFact]
    public void A_leaf_alone_is_reported_every_time_with_the_server_that_presents_its_intermediate() =>
        rounds.Repeated.AssertThatLeavesAloneAreToldWithWhoPresentsTheirIntermediate();
}
