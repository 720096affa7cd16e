using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>Certificates and names that servers show again with every handshake, parsed once. Bounded: a full cache starts afresh.</summary>
internal sealed class CertificateCache
{
    private const int Capacity = 20_000;

    private readonly ConcurrentDictionary<Fingerprint, Certificate?> _certificates = new();
    private readonly ConcurrentDictionary<Fingerprint, string> _names = new();

    /// <summary>The facts of a certificate; null when the bytes are none that can be read.</summary>
    public Certificate? Certificate(byte[] der)
    {
        var key = Key(der);
        if (_certificates.TryGetValue(key, out var certificate)) return certificate;
        if (_certificates.Count >= Capacity) _certificates.Clear();
        return _certificates[key] = Model.Certificate.TryParse(der);
    }

    /// <summary>A distinguished name as text.</summary>
    public string Name(byte[] der)
    {
        var key = Key(der);
        if (_names.TryGetValue(key, out var name)) return name;
        if (_names.Count >= Capacity) _names.Clear();
        return _names[key] = DistinguishedName.Text(der);
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
