using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// The probes beside two busy loops: one run of the program with many probes in sequence, and short runs beside it. The servers start all at once and
/// before the loops, because only the probes should be late.
/// </summary>
public sealed class BusyRounds : IAsyncLifetime
{
    private readonly SilentRange _silent = new();

    internal UnpackedServersRounds Unpacked { get; } = new();

    internal ServiceRounds Services { get; } = new();

    internal RepeatedVerdictRounds Repeated { get; } = new();

    internal PreflightBusyTests.Round Preflights { get; } = new();

    /// <summary>The records of <see cref="ControlTable"/>.</summary>
    internal IReadOnlyDictionary<string, ProbeRecord> Control { get; private set; } = new Dictionary<string, ProbeRecord>();

    public async Task InitializeAsync()
    {
        await Task.WhenAll(Unpacked.Start(), Services.Start(), Repeated.Start(), Preflights.Start(), _silent.InitializeAsync());
        await using var loops = new BusyLoops(2);
        await Task.WhenAll(ProbeOften(), Preflights.Run());
    }

    public async Task DisposeAsync()
    {
        await Unpacked.DisposeAsync();
        await Services.DisposeAsync();
        await Repeated.DisposeAsync();
        await Preflights.DisposeAsync();
        await _silent.DisposeAsync();
    }

    private async Task ProbeOften()
    {
        await Unpacked.Probe(UnpackedServersBusyTests.Times);
        await Services.ProbeOften(ServiceBusyTests.Times);
        await Repeated.Probe(RepeatedVerdictBusyTests.Times);
        if (RealServers.Missing is null) Control = await ControlTable.Probe(_silent, "busy.yml");
    }
}

/// <summary>The tests that share these rounds, which load both cores: alone, after the others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BusyRoundsTests : ICollectionFixture<BusyRounds>
{
    public const string Name = "beside busy loops";
}
