namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Faults that depend on the timing of a server or relay in the test process: two rounds, in parallel, that mostly wait for deadlines.</summary>
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

/// <summary>The tests that share them: alone, after the others, so the servers act in time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TimedFaultsTests : ICollectionFixture<TimedFaults>
{
    public const string Name = "timed faults";
}
