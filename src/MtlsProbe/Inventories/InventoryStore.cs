using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Inventories;

/// <summary>Holds the inventories: follows the stored certificates in the background, without any handshake, and answers from memory.</summary>
/// <param name="loop">Counts cycles and faults.</param>
internal sealed class InventoryStore(TimeProvider time, ILogger<InventoryStore> log, Loop loop)
{
    /// <summary>A change is seen after one to two of these periods: it counts when it is found twice.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>The period if there are many files.</summary>
    private static readonly TimeSpan s_longPeriod = TimeSpan.FromMinutes(1);

    /// <summary>How often to check whether a cluster must be listed.</summary>
    private static readonly TimeSpan s_clusterPeriod = TimeSpan.FromSeconds(5);

    private const int ManyFiles = 1000;

    private readonly InventoryLog _log = new(log);
    private readonly CertificateRoom _room = new(CertificateRoom.MostCertificates);
    private readonly Lock _gate = new();
    private IReadOnlyList<InventorySource> _sources = [];
    private volatile List<FollowedInventory> _followed = []; // replaced only by the cycles
    private volatile IReadOnlyList<InventoryState> _states = [];

    /// <summary>In the order of the configuration, without those that have not been read yet.</summary>
    public IReadOnlyList<InventoryState> Snapshot() => _states;

    /// <summary>Follows the inventories of this configuration from the next cycle on.</summary>
    public void Follow(Configuration configuration)
    {
        lock (_gate) _sources = configuration.Inventories;
    }

    /// <summary>Reads periodically until it is cancelled.</summary>
    /// <param name="changed">Called when stored certificates have changed.</param>
    public async Task RunAsync(Action changed, CancellationToken stop)
    {
        // A separate loop: otherwise its cycles would hide that those of the files have stopped.
        var clusters = new Loop(loop.Component, time);
        await Task.WhenAll(FollowFilesAsync(changed, stop), clusters.RunAsync(() => LookAtClustersAsync(stop), s_clusterPeriod, PlaceFailed, stop)).ConfigureAwait(false);
    }

    private async Task FollowFilesAsync(Action changed, CancellationToken stop)
    {
        await Task.Yield(); // the first read can take seconds, and nothing waits for it
        await loop.UntilDoneAsync(() => Turn(changed, stop), Failed, stop).ConfigureAwait(false);
        var next = Period;
        await loop.RunAsync(
            () =>
            {
                // If there are many files, they are not read in each cycle.
                next -= Period;
                if (next > TimeSpan.Zero && !IsReplaced()) return Task.CompletedTask;
                Turn(changed, stop);
                next = _followed.Sum(inventory => inventory.Files) > ManyFiles ? s_longPeriod : Period;
                return Task.CompletedTask;
            },
            Period,
            Failed,
            stop).ConfigureAwait(false);
    }

    /// <summary>Its result is reported in the next cycle.</summary>
    private async Task LookAtClustersAsync(CancellationToken stop)
    {
        foreach (var cluster in _followed.Select(inventory => inventory.Cluster).OfType<ClusterInventory>().Where(cluster => cluster.IsDue))
            await cluster.LookAsync(stop).ConfigureAwait(false);
    }

    private bool IsReplaced()
    {
        lock (_gate) return !_sources.SequenceEqual(_followed.Select(inventory => inventory.Source));
    }

    private void Turn(Action changed, CancellationToken stop)
    {
        Replace();
        foreach (var inventory in _followed) inventory.Look(stop);
        FilePolls.Once(_followed.SelectMany(inventory => inventory.Followers), PatientReads.Patience, stop);
        if (stop.IsCancellationRequested) return;
        IReadOnlyList<InventoryState> states = [.. _followed.Select(inventory => inventory.State())];
        if (states.SequenceEqual(_states)) return;
        var before = _states;
        _states = states;
        _log.Tell(before, states);
        changed();
    }

    private void Replace()
    {
        IReadOnlyList<InventorySource> sources;
        lock (_gate) sources = _sources;
        var after = sources.Select(source => _followed.Find(one => one.Source == source) ?? new FollowedInventory(source, _room, time, PlaceFailed)).ToList();
        foreach (var gone in _followed.Except(after)) gone.Dispose();
        _followed = after;
    }

    private void PlaceFailed(Exception fault)
    {
        loop.Failed();
        Failed(fault);
    }

    private void Failed(Exception fault) => _log.Failed(fault);
}
