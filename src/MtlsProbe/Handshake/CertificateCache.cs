using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// Certificates and names that servers present in every handshake, decoded once; equal ones share one object. A certificate is found here as long as
/// a result keeps it. The cache itself keeps none alive, so a server with a different certificate each time does not fill it. Names are limited by
/// their cost. Thread-safe.
/// </summary>
internal sealed class CertificateCache
{
    /// <summary>Maximum number of authority names that are kept of one server. A server that trusts the anchors of its machine names 150 to 400.</summary>
    public const int MostIssuers = 512;

    /// <summary>Maximum UTF-16 units of these names together.</summary>
    public const int MostIssuerCharacters = 65_536;

    /// <summary>Bytes of names; at most twice as many are kept.</summary>
    private const int NameBytes = 2 << 20;

    /// <summary>The memory for an entry, besides its text.</summary>
    private const int NameOverhead = 150;

    private const int FirstSweep = 1024;

    private readonly ConcurrentDictionary<Fingerprint, WeakReference<Certificate>> _certificates = new();
    private readonly BoundedCache<Fingerprint, (string Text, NameKey Key)> _names = new(NameBytes, name => NameOverhead + (sizeof(char) * name.Text.Length));
    private readonly Lock _sweeping = new();
    private int _sweepAt = FirstSweep;

    /// <summary>Number of known certificates, including those that are no longer kept.</summary>
    public int Count => _certificates.Count;

    /// <summary>The memory for the names, in bytes.</summary>
    public long NamesCost => _names.Cost;

    /// <summary>The facts of a certificate; null if the bytes cannot be read.</summary>
    public Certificate? Certificate(byte[] der)
    {
        var key = Key(der);
        if (_certificates.TryGetValue(key, out var known) && known.TryGetTarget(out var certificate)) return certificate;
        if (Certificates.Certificate.TryParse(der) is not { } read) return null;
        var kept = new WeakReference<Certificate>(read);
        if (known is null ? _certificates.TryAdd(key, kept) : _certificates.TryUpdate(key, kept, known))
        {
            if (_certificates.Count >= Volatile.Read(ref _sweepAt)) Sweep();
            return read;
        }

        // Another handshake has read the same certificate at the same time: both use the object in the cache.
        return _certificates.TryGetValue(key, out known) && known.TryGetTarget(out certificate) ? certificate : read;
    }

    /// <summary>The names of a server's list of authorities as text: the first ones, and always those in <paramref name="ours"/>.</summary>
    /// <param name="names">DER.</param>
    /// <param name="ours">The issuers of our certificates.</param>
    public ValueList<string> Issuers(IReadOnlyList<byte[]> names, IReadOnlyCollection<NameKey> ours)
    {
        List<string> kept = new(Math.Min(names.Count, MostIssuers));
        var characters = 0;
        foreach (var der in names)
        {
            var (isFull, isOurs) = (kept.Count >= MostIssuers || characters >= MostIssuerCharacters, false);
            if (isFull && (ours.Count == 0 || !(isOurs = ours.Contains(Read(der).Key)))) continue;
            var name = Name(der);
            if (isOurs && kept.Contains(name)) continue; // a list with only this name has one entry
            kept.Add(name);
            characters += name.Length;
        }

        return kept.ToValueList();
    }

    /// <summary>A distinguished name as text of limited length.</summary>
    public string Name(byte[] der) => Read(der).Text;

    /// <summary>A distinguished name for comparison.</summary>
    public NameKey NameKey(byte[] der) => Read(der).Key;

    private (string Text, NameKey Key) Read(byte[] der)
    {
        var key = Key(der);
        if (_names.TryGet(key, out var name)) return name;
        name = (DistinguishedName.Text(der), Certificates.NameKey.Of(der));
        _names.Add(key, name);
        return name;
    }

    /// <summary>Drops entries that are no longer kept, when there are twice as many as after the last sweep.</summary>
    private void Sweep()
    {
        lock (_sweeping)
        {
            if (_certificates.Count < _sweepAt) return;
            foreach (var entry in _certificates)
            {
                if (!entry.Value.TryGetTarget(out _)) _certificates.TryRemove(entry);
            }

            Volatile.Write(ref _sweepAt, Math.Max(FirstSweep, 2 * _certificates.Count));
        }
    }

    private static Fingerprint Key(byte[] der)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(der, hash);
        return MemoryMarshal.Read<Fingerprint>(hash);
    }

    /// <summary>A SHA-256 hash as a value.</summary>
    private readonly record struct Fingerprint(UInt128 First, UInt128 Second);
}
