using MtlsProbe.Clusters;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>
/// Targets that are derived from Kubernetes objects, which are listed and watched. Changes within a second are reported together. While the cluster is
/// unreachable, the last known objects stay.
/// </summary>
internal sealed class KubernetesFinder : ITargetFinder
{
    /// <summary>After so many turns without a change, that is reported.</summary>
    private const int TurnsToConfirm = 15;

    /// <summary>Deriving the targets takes at most this share of the time.</summary>
    private const int Share = 10; // percent

    private static readonly TimeSpan s_gathering = TimeSpan.FromSeconds(1);

    private readonly KubernetesDiscovery _place;
    private readonly FinderFaults _faults;
    private readonly ClusterClient _client;
    private readonly List<ObjectWatch<ClusterObject>> _watches = [];
    private int _changes;

    public KubernetesFinder(KubernetesDiscovery place, FinderFaults faults)
    {
        (_place, _faults, _client) = (place, faults, new ClusterClient(place.Cluster));
        IEnumerable<string?> namespaces = place.Namespaces.Count == 0 ? new string?[] { null } : place.Namespaces;
        foreach (var kind in ClusterKind.Of(place.Role))
        {
            foreach (var name in namespaces)
            {
                var requests = new ObjectRequests<ClusterObject>(_client, kind.Path(name), place.LabelSelector, kind.Read, one => one.Size, faults.Time);
                _watches.Add(new ObjectWatch<ClusterObject>(requests, Changed, faults.Add, faults.Time));
            }
        }
    }

    public async Task<TargetsFound> LookAsync(CancellationToken stop)
    {
        await Task.WhenAll(_watches.Select(watch => watch.ListAsync(stop))).ConfigureAwait(false);
        return Found();
    }

    public async Task RunAsync(Action<TargetsFound> report, CancellationToken stop)
    {
        await Task.Yield();
        Task[] watching = [.. _watches.Select(watch => watch.RunAsync(stop))];
        TargetsFound? before = null;
        var pause = s_gathering;
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            try
            {
                await Task.Delay(pause, _faults.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                var isChanged = Interlocked.Exchange(ref _changes, 0) > 0;
                if (stop.IsCancellationRequested || !_watches.TrueForAll(watch => watch.IsTried) || (!isChanged && turn % TurnsToConfirm != 0)) continue;
                var begun = _faults.Time.GetTimestamp();
                var found = Found();
                report(found == before ? TargetsFound.Same with { Fault = found.Fault } : found);
                before = found;
                var rest = _faults.Time.GetElapsedTime(begun) * 100 / Share;
                pause = rest > s_gathering ? rest : s_gathering;
            }
            catch (Exception e) // also if there is no memory, because there may be next time
            {
                _faults.Add(e);
                Changed();
            }
        }

        await Task.WhenAll(watching).ConfigureAwait(false);
    }

    public void Dispose() => _client.Dispose();

    private TargetsFound Found()
    {
        List<string> problems = [.. _watches.Select(watch => watch.Fault).OfType<string>()];
        if (!_watches.Exists(watch => watch.IsKnown)) return TargetsFound.Failed($"{_place.Cluster.Name}: {TargetsFound.Summary(problems)}");
        var (targets, isCut) = ClusterTargets.Targets(_place, [.. _watches.SelectMany(watch => watch.Objects())]);
        if (isCut) problems.Add(FormattableString.Invariant($"there are more than {FoundTargetReader.MostTargets:N0} targets; select fewer by label_selector or namespaces"));
        return new TargetsFound(targets, problems.Count == 0 ? null : $"{_place.Cluster.Name}: {TargetsFound.Summary(problems)}");
    }

    private void Changed() => Interlocked.Exchange(ref _changes, 1);
}
