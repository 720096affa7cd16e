using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Inventories;

/// <summary>
/// One inventory: the files that match its patterns, searched again in each cycle, each of them followed; and its part of a cluster. For one thread
/// at a time.
/// </summary>
/// <param name="failed">Called with unexpected errors.</param>
internal sealed class FollowedInventory(InventorySource source, CertificateRoom room, TimeProvider time, Action<Exception> failed) : IDisposable
{
    /// <summary>Maximum number of files; further ones are counted.</summary>
    public const int MostFiles = 10_000;

    private readonly (PatternLook Look, PlaceKind Kind)[] _looks =
    [
        .. source.Files.Select(pattern => (new PatternLook(pattern, MostFiles, failed), PlaceKind.Certificates)),
        .. source.Kubeconfigs.Select(pattern => (new PatternLook(pattern, MostFiles, failed), PlaceKind.Kubeconfig)),
        .. source.Keystores.Select(pattern => (new PatternLook(pattern, MostFiles, failed), PlaceKind.Keystore)),
    ];

    private Dictionary<PlaceKey, FollowedPlace> _places = [];
    private int _filesLeftOut;

    public InventorySource Source => source;

    /// <summary>Null if the inventory reads no cluster.</summary>
    public ClusterInventory? Cluster { get; } = source.Kubernetes is { } places ? new(source.Name, places, room, time) : null;

    public int Files => _places.Count;

    /// <summary>The files to be polled.</summary>
    public IEnumerable<FileFollower> Followers => _places.Values.Select(place => place.Follower);

    /// <summary>Finds the matching files. A pattern whose file system hangs keeps its previous files.</summary>
    public void Look(CancellationToken stop)
    {
        PatternLook.LookAt(_looks.Select(one => one.Look), stop);
        List<PlaceKey> wanted = [.. _looks.SelectMany(one => one.Look.Found.Paths.Select(path => new PlaceKey(path, one.Kind))).Concat(Named()).Distinct()];
        _filesLeftOut = Math.Max(0, wanted.Count - MostFiles) + _looks.Count(one => one.Look.Found.Cut is not null);
        var places = new Dictionary<PlaceKey, FollowedPlace>();
        foreach (var key in wanted.Take(MostFiles)) places[key] = _places.GetValueOrDefault(key) ?? New(key);
        foreach (var (key, place) in _places)
        {
            if (!places.ContainsKey(key)) place.Dispose();
        }

        _places = places;
        foreach (var place in places.Values) place.UseRoom();
    }

    /// <summary>The current content.</summary>
    public InventoryState State()
    {
        List<StoredCertificate> stored = [];
        List<string> problems = [];
        var (leftOut, isWhole) = (0, true);
        HashSet<string?> exact = [.. _looks.Select(one => one.Look.Path)];
        foreach (var place in _places.Values)
        {
            var (path, state) = (place.Key.Path, place.State);
            stored.AddRange(state.Certificates);
            leftOut += state.LeftOut;
            isWhole &= state.IsRead;
            if (state.Problem is { } problem) problems.Add($"{path} {problem}");

            // A pattern can match keys and other files too.
            else if (state is { IsRead: true, Certificates.Count: 0, LeftOut: 0, Names.Count: 0 } && exact.Contains(path)) problems.Add($"{path} contains no certificate");
        }

        foreach (var (place, state) in Cluster?.States ?? [])
        {
            stored.AddRange(state.Certificates);
            leftOut += state.LeftOut;
            isWhole &= state.IsRead;
            if (state.Problem is { } problem) problems.Add($"{place} {problem}");
        }

        var gaps = new InventoryGaps(problems.Count, _filesLeftOut, leftOut) { Problems = problems.Take(InventoryGaps.MostProblems).ToValueList() };
        return new InventoryState(source.Name, stored.ToValueList(), gaps) { IsWhole = isWhole };
    }

    public void Dispose()
    {
        foreach (var place in _places.Values) place.Dispose();
        Cluster?.Dispose();
    }

    private FollowedPlace New(PlaceKey key) =>
        new(key, source.Name, key.Kind == PlaceKind.Keystore ? source.PassphraseFile : null, room, time, failed);

    /// <summary>Files that a kubeconfig names.</summary>
    private IEnumerable<PlaceKey> Named() => _places.Values.SelectMany(place => place.State.Names).Select(path => new PlaceKey(path, PlaceKind.Certificates));
}
