using MtlsProbe.Clusters;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets that objects of a cluster of Kubernetes stand for, listed and watched. What changes within a second is one change. While the cluster is away,
/// the objects known last stay.
/// </summary>
internal sealed class KubernetesFinder : ITargetFinder
{
    /// <summary>After so many turns without a change it is told that there was none.</summary>
    private const int TurnsToConfirm = 15;

    private static readonly TimeSpan s_gathering = TimeSpan.FromSeconds(1);

    private readonly KubernetesDiscovery _place;
    private readonly Loop _loop;
    private readonly ClusterClient _client;
    private readonly List<ObjectWatch<ClusterObject>> _watches = [];
    private int _changes;

    public KubernetesFinder(KubernetesDiscovery place, Loop loop)
    {
        (_place, _loop, _client) = (place, loop, new ClusterClient(place.Cluster));
        IEnumerable<string?> namespaces = place.Namespaces.Count == 0 ? new string?[] { null } : place.Namespaces;
        foreach (var kind in ClusterKind.Of(place.Role))
        {
            foreach (var name in namespaces) _watches.Add(new ObjectWatch<ClusterObject>(_client, kind.Path(name), place.LabelSelector, kind.Read, Changed, loop));
        }
    }

    public async Task<TargetsFound> LookAsync(CancellationToken stop)
    {
        await Task.WhenAll(_watches.Select(watch => watch.ListAsync(stop))).ConfigureAwait(false);
        return Found();
    }

    public async Task RunAsync(Action<TargetsFound> told, CancellationToken stop)
    {
        await Task.Yield();
        Task[] watching = [.. _watches.Select(watch => watch.RunAsync(stop))];
        TargetsFound? before = null;
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            try
            {
                await Task.Delay(s_gathering, _loop.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                var isChanged = Interlocked.Exchange(ref _changes, 0) > 0;
                if (stop.IsCancellationRequested || !_watches.TrueForAll(watch => watch.IsTried) || (!isChanged && turn % TurnsToConfirm != 0)) continue;
                var found = Found();
                told(found == before ? TargetsFound.Same with { Fault = found.Fault } : found);
                before = found;
            }
            catch (Exception) // also where there is no memory, as there may be the next time
            {
                _loop.Failed();
                Changed();
            }
        }

        await Task.WhenAll(watching).ConfigureAwait(false);
    }

    public void Dispose() => _client.Dispose();

    private TargetsFound Found()
    {
        var fault = _watches.Select(watch => watch.Fault).FirstOrDefault(fault => fault is not null);
        if (!_watches.Exists(watch => watch.IsKnown)) return TargetsFound.Failed($"{_place.Cluster.Name}: {fault}");
        var targets = ClusterTargets.Targets(_place, [.. _watches.SelectMany(watch => watch.Objects())]);
        return new TargetsFound(targets, fault is null ? null : $"{_place.Cluster.Name}: {fault}");
    }

    private void Changed() => Interlocked.Exchange(ref _changes, 1);
}
