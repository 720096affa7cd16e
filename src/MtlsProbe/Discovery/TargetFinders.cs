using MtlsProbe.DnsQueries;
using MtlsProbe.Model;

namespace MtlsProbe.Discovery;

/// <summary>The finder for each kind of place.</summary>
internal static class TargetFinders
{
    public static ITargetFinder Of(DiscoverySource source, FinderFaults faults) => source.Place switch
    {
        FileDiscovery files => new FileFinder(files, faults),
        HttpDiscovery http => new HttpFinder(http, faults),
        DnsDiscovery dns => new DnsFinder(dns, new DnsLookup(faults.Time).AskAsync, faults),
        KubernetesDiscovery cluster => new KubernetesFinder(cluster, faults),
        _ => throw new ArgumentOutOfRangeException(nameof(source), source.Place.Kind, "there is no finder for this kind of place"),
    };
}
