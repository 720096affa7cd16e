using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>Finds targets in one place. It tells what stands there; what that means is for others to say.</summary>
internal interface ITargetFinder : IDisposable
{
    /// <summary>One look, which comes to its end within a bounded time. What goes wrong is a part of the answer.</summary>
    Task<TargetsFound> LookAsync(CancellationToken stop);

    /// <summary>Follows the place until it is told to stop. Once only.</summary>
    /// <param name="told">Told each finding, one at a time.</param>
    Task RunAsync(Action<TargetsFound> told, CancellationToken stop);
}

/// <summary>What a finder has found.</summary>
/// <param name="Targets">All that are there now; null: it is not known, or they are those of the time before.</param>
/// <param name="Fault">Why some or all of it is not known, as a sentence without a full stop and without secrets; null: all is known.</param>
internal sealed record TargetsFound(ValueList<DiscoveredTarget>? Targets, string? Fault)
{
    /// <summary>The same as before.</summary>
    public static readonly TargetsFound Same = new(null, null);

    public static TargetsFound Of(ValueList<DiscoveredTarget> targets) => new(targets, null);

    public static TargetsFound Failed(string fault) => new(null, fault);
}
