using MtlsProbe.Model;

namespace MtlsProbe.Inventories;

/// <summary>
/// What a list of a cluster has shown so far, page by page. No more is kept than there is room for. A bundle is often copied into each namespace:
/// equal certificates are one object in memory. For one thread at a time.
/// </summary>
/// <param name="kind">The kind of the objects, as the first part of the path.</param>
/// <param name="known">Certificates that are already kept, by SHA-256; new ones are added.</param>
/// <param name="room">How many certificates may be kept.</param>
internal sealed class ClusterFind(string inventory, string kind, Dictionary<string, StoredCertificate> known, int room)
{
    private readonly List<StoredCertificate> _stored = [];

    public IReadOnlyList<StoredCertificate> Stored => _stored;

    /// <summary>Entries with certificates.</summary>
    public int Entries { get; private set; }

    /// <summary>Certificates that are damaged, or beyond a limit.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Whether there is more than there is room for.</summary>
    public bool IsBeyondRoom { get; private set; }

    public void Add(ClusterObjects page)
    {
        foreach (var entry in page.Entries) Add(entry);
    }

    private void Add(ClusterEntry entry)
    {
        Entries++;
        LeftOut += entry.Content.LeftOut;
        var path = $"{kind}/{entry.Namespace}/{entry.Name}/{entry.Key}";
        foreach (var certificate in entry.Content.Certificates.Distinct())
        {
            if (_stored.Count >= room)
            {
                IsBeyondRoom = true;
                LeftOut++;
                continue;
            }

            if (!known.TryGetValue(certificate.Sha256, out var one)) known[certificate.Sha256] = one = StoredCertificate.Of(inventory, path, certificate);
            _stored.Add(one with { Path = path });
        }
    }
}
