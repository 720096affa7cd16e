using MtlsProbe.Clusters;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Inventories;

/// <summary>
/// The secrets and ConfigMaps of an inventory, listed periodically. The last content of a list stays while it is unavailable. Thread-safe except <see
/// cref="LookAsync"/>.
/// </summary>
internal sealed class ClusterInventory(string inventory, KubernetesPlaces places, CertificateRoom room, TimeProvider time) : IDisposable
{
    /// <summary>The interval between two listings: a mounted secret reaches pods about as fast.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Maximum entries of one list; further ones are counted.</summary>
    private const int MostEntries = 10_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ClusterClient _client = new(places.Cluster);
    private readonly Lock _gate = new();
    private readonly ClusterList[] _lists =
    [
        .. places.Namespaces.SelectMany(name => (ClusterList[])[new("secret", PathOf(name, "secrets")), new("configmap", PathOf(name, "configmaps"))]),
    ];

    private long? _looked;
    private bool _isDisposed;

    /// <summary>Whether it is time for a listing.</summary>
    public bool IsDue => _looked is not { } since || time.GetElapsedTime(since) >= Period;

    /// <summary>The state of each list.</summary>
    public IEnumerable<(string Place, PlaceState State)> States => _lists.Select(list => ($"{places.Cluster.Name}/{list.Path}", list.State));

    /// <summary>Lists everything again. Errors are part of the states.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        _looked = time.GetTimestamp();
        Dictionary<string, StoredCertificate> known = [];
        foreach (var stored in _lists.SelectMany(list => list.State.Certificates)) known[stored.Certificate.Sha256] = stored;
        foreach (var list in _lists)
        {
            await LookAsync(list, known, stop).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_isDisposed) room.Exchange(_lists.Sum(list => list.State.Certificates.Count), 0);
            _isDisposed = true;
            _client.Dispose();
        }
    }

    private async Task LookAsync(ClusterList list, Dictionary<string, StoredCertificate> known, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        var found = new ClusterFind(inventory, list.Kind, known, room.Left + list.State.Certificates.Count);
        string? next = null;
        try
        {
            do
            {
                var (page, problem) = await ClusterApi.ListAsync(_client, list.Path, list.Kind == "secret", next, end.Token).ConfigureAwait(false);
                if (page is null)
                {
                    Complain(list, problem!);
                    return;
                }

                found.Add(page);
                next = page.Next;
            }
            while (next is not null && found.Entries <= MostEntries && !found.IsBeyondRoom);
            Hold(list, found, isCut: next is not null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Complain(list, FormattableString.Invariant($"cannot be listed: no complete answer within {s_patience.TotalSeconds:0} s"));
        }
    }

    private void Hold(ClusterList list, ClusterFind found, bool isCut)
    {
        lock (_gate)
        {
            if (_isDisposed) return;

            // Other threads may have taken some of the room since.
            var given = room.Exchange(list.State.Certificates.Count, found.Stored.Count);
            list.State = new PlaceState(found.Stored.Take(given).ToValueList(), found.LeftOut + found.Stored.Count - given + (isCut ? 1 : 0));
        }
    }

    private void Complain(ClusterList list, string problem)
    {
        lock (_gate) list.State = list.State with { Problem = problem, IsRead = true };
    }

    private static string PathOf(string name, string kind) => name == KubernetesPlaces.AllNamespaces ? $"api/v1/{kind}" : $"api/v1/namespaces/{name}/{kind}";

    private sealed class ClusterList(string kind, string path)
    {
        private volatile PlaceState _state = PlaceState.Unread;

        public string Kind => kind;

        public string Path => path;

        public PlaceState State
        {
            get => _state;
            set => _state = value;
        }
    }
}
