using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>
/// Where targets come from: a named set of them that may change at any time. <see cref="ConfigurationSource"/> is the first. The targets
/// name identities and trust bundles of the configuration.
/// </summary>
internal interface ITargetSource
{
    /// <summary>
    /// The set as it is now. Thread-safe, at once, never throws. It is replaced by <see cref="TargetSet.Found"/> and
    /// <see cref="TargetSet.Failed"/>, which keep the last targets of a source that fails.
    /// </summary>
    TargetSet Current { get; }

    /// <summary>Follows the origin of the targets until it is cancelled. Once only.</summary>
    /// <param name="changed">
    /// To be called after each change of <see cref="Current"/>, on any thread; returns when the change is in effect. Not under a lock that
    /// <see cref="Current"/> takes.
    /// </param>
    Task RunAsync(Action changed, CancellationToken stop);
}
