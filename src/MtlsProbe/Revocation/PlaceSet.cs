using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Revocation;

/// <summary>
/// The places of revocation lists that are in use, each once, whichever bundles name it. Thread-safe; it calls no other code under its lock, so it
/// can be used under any other lock.
/// </summary>
internal sealed class PlaceSet(KnownIssuers issuers, EvidenceLog log, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(RevocationPlace Place, ProxyServer? Proxy), Opened> _places = [];

    public IReadOnlyList<HeldPlace> All => Select(_ => true, place => place.Held);

    public IReadOnlyList<HeldPlace> Urls => Select(place => place.Held.Place.IsUrl, place => place.Held);

    /// <summary>Those that are followed now.</summary>
    public IReadOnlyList<FileFollower> Files => Select(place => place is { File: not null, IsFollowed: true }, place => place.File!);

    public HeldPlace Open(RevocationPlace place, ProxyServer? proxy)
    {
        lock (_gate)
        {
            var key = (place, place.IsUrl ? proxy : null);
            if (_places.TryGetValue(key, out var known)) return known.Held;
            var held = new HeldPlace(place, key.Item2, time.GetTimestamp());
            _places.Add(key, new Opened(held, place.IsUrl ? null : Follower(held)));
            return held;
        }
    }

    /// <summary>Forgets all other places.</summary>
    public void KeepOnly(HashSet<HeldPlace> used)
    {
        lock (_gate)
        {
            foreach (var (key, place) in _places.ToList())
            {
                if (!used.Contains(place.Held)) _places.Remove(key);
            }
        }
    }

    /// <summary>
    /// Reads the files that have not been read yet, and then starts to follow them, because only one thread at a time may poll a file. For one caller
    /// at a time.
    /// </summary>
    /// <param name="patience">How long a hanging file may delay the caller.</param>
    /// <returns>These files.</returns>
    public IReadOnlyList<HeldPlace> ReadNew(TimeSpan patience)
    {
        var fresh = Select(place => place is { File: not null, IsFollowed: false }, place => place);
        FilePolls.Once(fresh.Select(place => place.File!), patience);
        lock (_gate)
        {
            foreach (var place in fresh) place.IsFollowed = true;
        }

        return [.. fresh.Select(place => place.Held)];
    }

    private FileFollower Follower(HeldPlace held) => new ListFile(
        held.Place.Name,
        read => held.Take(read, issuers.SignersOf, time.GetUtcNow(), keepsUnsigned: true),
        fault => log.Failed(fault, held.Place.Name),
        time).Follow();

    private List<T> Select<T>(Func<Opened, bool> which, Func<Opened, T> what)
    {
        lock (_gate) return [.. _places.Values.Where(which).Select(what)];
    }

    /// <param name="File">Null for a URL.</param>
    private sealed record Opened(HeldPlace Held, FileFollower? File)
    {
        public bool IsFollowed { get; set; }
    }
}
