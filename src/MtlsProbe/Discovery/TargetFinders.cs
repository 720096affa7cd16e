using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>What looks for the targets of each kind of source.</summary>
internal static class TargetFinders
{
    /// <param name="loop">Counts faults of ours, and tells the time.</param>
    public static ITargetFinder Of(DiscoverySource source, Loop loop) => source.Place switch
    {
        FileDiscovery files => new FileFinder(files, loop),
        HttpDiscovery http => new HttpFinder(http, loop),
        DnsDiscovery dns => new DnsFinder(dns, loop),
        KubernetesDiscovery cluster => new KubernetesFinder(cluster, loop),
        _ => throw new ArgumentOutOfRangeException(nameof(source), source.Place.Kind, "nobody looks for targets there"),
    };
}
