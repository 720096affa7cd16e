using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>Finds targets in one place of the configuration. It returns addresses and labels as they are there; other code interprets them.</summary>
internal interface ITargetFinder : IDisposable
{
    /// <summary>Looks once, within a bounded time. Problems are part of the result.</summary>
    Task<TargetsFound> LookAsync(CancellationToken stop);

    /// <summary>Follows the place until it is cancelled. Once only. Never throws.</summary>
    /// <param name="report">Called with each result, one at a time.</param>
    Task RunAsync(Action<TargetsFound> report, CancellationToken stop);
}

/// <summary>What a finder has found.</summary>
/// <param name="Targets">All present targets; null if they are unknown, or the same as last time.</param>
/// <param name="Fault">Why some or all targets are unknown, as a sentence without a full stop and without secrets; null if all are known.</param>
internal sealed record TargetsFound(ValueList<DiscoveredTarget>? Targets, string? Fault)
{
    /// <summary>The same as last time.</summary>
    public static readonly TargetsFound Same = new(null, null);

    public static TargetsFound Of(ValueList<DiscoveredTarget> targets) => new(targets, null);

    public static TargetsFound Failed(string fault) => new(null, fault);

    /// <summary>The first of several problems, and how many more there are; null if there are none.</summary>
    public static string? Summary(IReadOnlyList<string> faults) => faults.Count switch
    {
        0 => null,
        1 => faults[0],
        _ => FormattableString.Invariant($"{faults[0]} (and {faults.Count - 1} more)"),
    };
}
