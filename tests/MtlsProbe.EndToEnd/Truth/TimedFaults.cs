namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Faults that rest on when a server or relay in the test process does something. The two rounds that wait for deadlines go side by side;
/// the one with thousands of probes follows, since beside it they would be late.
/// </summary>
public sealed class TimedFaults : IAsyncLifetime
{
    public FaultTests.Round Once { get; } = new();

    public FaultRepetitionTests.Rounds Repeated { get; } = new();

    public HeldUpTests.Round HeldUp { get; } = new();

    public async Task InitializeAsync()
    {
        await Task.WhenAll(Once.InitializeAsync(), HeldUp.InitializeAsync());
        await Repeated.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await Once.DisposeAsync();
        await HeldUp.DisposeAsync();
        await Repeated.DisposeAsync();
    }
}

/// <summary>The tests that share them: after the others, so that a server does what it does in time.</summary>
[CollectionDefinition(Name)]
public sealed class TimedFaultsTests : ICollectionFixture<TimedFaults>
{
    public const string Name = "timed faults";
}
