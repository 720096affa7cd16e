using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Verdicts on answers over HTTP, on enforcement and on chains, a hundred times: none may be wrong. <see cref="RepeatedVerdictBusyTests"/> runs on a
/// busy machine.
/// </summary>
public sealed class RepeatedVerdictTests(RepeatedVerdictTests.Rounds rounds) : IClassFixture<RepeatedVerdictTests.Rounds>
{
    private const int Times = 50; // with each version: a hundred

    public static TheoryData<string, string> Rows => RepeatedVerdictRounds.Rows;

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public void No_verdict_is_wrong_in_a_hundred(string server, string credential) => rounds.All.AssertAll(server, credential, Times);

    [RealServersFact]
    public void A_leaf_alone_is_reported_every_time_with_the_server_that_presents_its_intermediate() => rounds.All.AssertThatLeavesAloneAreToldWithWhoPresentsTheirIntermediate();

    public sealed class Rounds : IAsyncLifetime
    {
        internal RepeatedVerdictRounds All { get; } = new();

        public async Task InitializeAsync()
        {
            await All.Start();
            await All.Probe(Times);
        }

        public async Task DisposeAsync() => await All.DisposeAsync();
    }
}
