namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Faults that rest on when a server or relay in the test process does something: two rounds, side by side, that mostly wait for deadlines.
/// </summary>
public sealed class TimedFaults : IAsyncLifetime
{
    public FaultTests.Round Once { get; } = new();

    public HeldUpTests.Round HeldUp { get; } = new();

    public Task InitializeAsync() => Task.WhenAll(Once.InitializeAsync(), HeldUp.InitializeAsync());

    public async Task DisposeAsync()
    {
        await Once.DisposeAsync();
        await HeldUp.DisposeAsync();
    }
}

/// <summary>The tests that share them: after the others, so that a server does what it does in time.</summary>
[CollectionDefinition(Name)]
public sealed class TimedFaultsTests : ICollectionFixture<TimedFaults>
{
    public const string Name = "timed faults";
}
