namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Faults that rest on when a server or relay in the test process does something, one round after the other: beside one another they
/// would be late.
/// </summary>
public sealed class TimedFaults : IAsyncLifetime
{
    public FaultTests.Round Once { get; } = new();

    public FaultRepetitionTests.Rounds Repeated { get; } = new();

    public HeldUpTests.Round HeldUp { get; } = new();

    private IReadOnlyList<IAsyncLifetime> Rounds => [Once, Repeated, HeldUp];

    public async Task InitializeAsync()
    {
        foreach (var round in Rounds) await round.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var round in Rounds) await round.DisposeAsync();
    }
}

/// <summary>The tests that share them: alone, after the others, so that a server does what it does in time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TimedFaultsTests : ICollectionFixture<TimedFaults>
{
    public const string Name = "timed faults";
}
