using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.Certificates;

/// <summary>
/// A distinguished name for comparison. Two are equal if RFC 5280 §7.1 calls the names equal, whatever their case, spaces and string types. It is a
/// hash of fixed size, made once per certificate, because a peer can fill a name with 100 kB.
/// </summary>
internal readonly record struct NameKey
{
    private readonly UInt128 _first;
    private readonly UInt128 _second;

    private NameKey(UInt128 first, UInt128 second) => (_first, _second) = (first, second);

    /// <param name="der">DER of the name. A name that cannot be read equals only the same bytes.</param>
    public static NameKey Of(ReadOnlyMemory<byte> der)
    {
        var parts = DistinguishedName.Canonical(der);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([(byte)(parts.Count == 0 ? 0 : 1)]);
        if (parts.Count == 0) hash.AppendData(der.Span);
        foreach (var part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData([0xff]); // never occurs in UTF-8, so a name cannot be split into parts in two ways
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        var halves = MemoryMarshal.Cast<byte, UInt128>(digest);
        return new NameKey(halves[0], halves[1]);
    }

    /// <summary>Adds the name to a larger hash.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        Span<byte> octets = stackalloc byte[2 * 16];
        BinaryPrimitives.WriteUInt128LittleEndian(octets, _first);
        BinaryPrimitives.WriteUInt128LittleEndian(octets[16..], _second);
        hash.AppendData(octets);
    }
}
