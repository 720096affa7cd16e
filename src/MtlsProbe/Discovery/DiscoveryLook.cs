using MtlsProbe.Config;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>One look at each source of a configuration, for commands that follow nothing.</summary>
internal static class DiscoveryLook
{
    /// <param name="read">A good configuration.</param>
    /// <returns>The configuration with the targets of all sources, and their sets, that of the file first.</returns>
    public static async Task<(Configuration Configuration, ValueList<TargetSet> Sets)> RunAsync(ConfigurationResult read, string file, TimeProvider time, CancellationToken stop)
    {
        var configuration = read.Configuration!;
        var loop = new LoopSet(time).Discovery;
        var found = await Task.WhenAll(configuration.Discoveries.Select(LookAsync)).ConfigureAwait(false);
        var merged = TargetSets.Merged([new TargetSet(file).Found(configuration.Targets, time.GetUtcNow()), .. found]);
        return (configuration with { Targets = merged.All }, merged.Sets);

        async Task<TargetSet> LookAsync(DiscoverySource source)
        {
            using var targets = new DiscoveredTargets(source, TargetFinders.Of(source, loop), read.FoundTargets!.Open(source.Name), loop);
            return await targets.LookAsync(stop).ConfigureAwait(false);
        }
    }
}
