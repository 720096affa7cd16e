namespace MtlsProbe.Benchmarks;

/// <summary>The fleet of the benchmark <c>fleet</c>.</summary>
internal sealed record FleetOptions
{
    public int Targets { get; init; } = 10_000;

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many ports of the server they are spread over.</summary>
    public int Ports { get; init; } = 500;

    /// <summary>How long each fleet is measured, and scraped once per interval.</summary>
    public int Minutes { get; init; } = 10;

    /// <summary>Different certificates in the fleet that has several; null: one for each target, 0: no such fleet.</summary>
    public int? Leaves { get; init; }

    /// <summary>Black holes in the fleet that has some; null: a tenth of the targets, 0: no such fleet.</summary>
    public int? BlackHoles { get; init; }
}
