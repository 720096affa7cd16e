using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MtlsProbe.Certificates;

namespace MtlsProbe.Handshake;

/// <summary>Certificates and names that servers show again with every handshake, parsed once. Bounded: a full cache starts afresh.</summary>
/// <param name="maxBytes">Of all certificates together; a peer may show one of 100 kB.</param>
internal sealed class CertificateCache(long maxBytes = 64 << 20)
{
    private const int Capacity = 20_000;

    private readonly ConcurrentDictionary<Fingerprint, Certificate?> _certificates = new();
    private readonly ConcurrentDictionary<Fingerprint, (string Text, NameKey Key)> _names = new();
    private long _bytes;

    /// <summary>How many certificates are held.</summary>
    public int Count => _certificates.Count;

    /// <summary>The facts of a certificate; null when the bytes are none that can be read.</summary>
    public Certificate? Certificate(byte[] der)
    {
        var key = Key(der);
        if (_certificates.TryGetValue(key, out var certificate)) return certificate;
        if (_certificates.Count >= Capacity || Interlocked.Add(ref _bytes, der.Length) > maxBytes)
        {
            _certificates.Clear();
            Interlocked.Exchange(ref _bytes, der.Length);
        }

        return _certificates[key] = Certificates.Certificate.TryParse(der);
    }

    /// <summary>A distinguished name as text, which is never long.</summary>
    public string Name(byte[] der) => Read(der).Text;

    /// <summary>A distinguished name for comparison.</summary>
    public NameKey NameKey(byte[] der) => Read(der).Key;

    private (string Text, NameKey Key) Read(byte[] der)
    {
        var key = Key(der);
        if (_names.TryGetValue(key, out var name)) return name;
        if (_names.Count >= Capacity) _names.Clear();
        return _names[key] = (DistinguishedName.Text(der), Certificates.NameKey.Of(der));
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
