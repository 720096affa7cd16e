using MtlsProbe.Config;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>Looks once at each discovery source of a configuration, for commands that do not follow them. Takes a bounded time.</summary>
internal static class DiscoveryLook
{
    /// <param name="read">A valid configuration.</param>
    /// <returns>The configuration with the targets of all sources, and all sets, that of the configuration file first.</returns>
    public static async Task<(Configuration Configuration, ValueList<TargetSet> Sets)> RunAsync(ConfigurationResult read, string file, TimeProvider time, CancellationToken stop)
    {
        var configuration = read.Configuration!;
        var faults = new FinderFaults(new LoopSet(time).Discovery, _ => { });
        var found = await Task.WhenAll(configuration.Discoveries.Select(LookAsync)).ConfigureAwait(false);
        var merged = TargetSets.Merged([new TargetSet(file).Found(configuration.Targets, time.GetUtcNow()), .. found]);
        return (configuration with { Targets = merged.All }, merged.Sets);

        async Task<TargetSet> LookAsync(DiscoverySource source)
        {
            using var targets = new DiscoveredTargets(source, TargetFinders.Of(source, faults), read.FoundTargets!.Open(source.Name), time);
            return await targets.LookAsync(stop).ConfigureAwait(false);
        }
    }
}
