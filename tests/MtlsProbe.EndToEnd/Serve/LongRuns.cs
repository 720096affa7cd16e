using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Serve;

/// <summary>Two exporters side by side, for about a minute: one that shall leave nothing behind, and one whose targets shall not wait for black holes.</summary>
public sealed class LongRuns : IAsyncLifetime
{
    internal Task<(LeakTests.Usage Warm, LeakTests.Usage End, int Targets)> Leak { get; private set; } = null!;

    internal Task<(MetricsText Metrics, string Log)> Fleet { get; private set; } = null!;

    public Task InitializeAsync()
    {
        if (RealServers.Missing is not null) return Task.CompletedTask;
        Leak = LeakTests.Run();
        Fleet = FleetTests.Run();
        return Task.CompletedTask;
    }

    /// <summary>A test that fails early must not leave the other run behind.</summary>
    public async Task DisposeAsync()
    {
        foreach (var run in (Task?[])[Leak, Fleet])
        {
            if (run is not null) await run.ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}

/// <summary>The tests that share them: alone, after the others, since they load both cores.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LongRunsTests : ICollectionFixture<LongRuns>
{
    public const string Name = "long runs";
}
