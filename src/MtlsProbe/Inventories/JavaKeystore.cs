using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Files;

namespace MtlsProbe.Inventories;

/// <summary>
/// The certificates of a Java keystore of the kinds JKS and JCEKS, in which they lie in the clear. Private keys are passed over. A secret key
/// of JCEKS is a serialized object that does not say how long it is: what follows it cannot be read.
/// </summary>
/// <remarks>
/// The format is that of <c>sun.security.provider.JavaKeyStore</c>: numbers are big-endian, texts have two octets of length, and the file ends in
/// SHA-1 of the passphrase in UTF-16, of two words, and of all that comes before.
/// </remarks>
internal ref struct JavaKeystore
{
    private const uint Jks = 0xFEEDFEED;
    private const uint Jceks = 0xCECECECE;
    private const int PrivateKeyEntry = 1;
    private const int CertificateEntry = 2;
    private const int OldestVersion = 1;
    private const int Version = 2;

    private ReadOnlySpan<byte> _rest;
    private readonly List<Certificate> _certificates = [];
    private int _version;
    private int _leftOut;

    private JavaKeystore(ReadOnlySpan<byte> entries) => _rest = entries;

    /// <summary>Whether a file begins as these do.</summary>
    public static bool Is(ReadOnlySpan<byte> content) => content.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(content) is Jks or Jceks;

    /// <param name="passphrase">With which its integrity is checked; empty: it is not.</param>
    public static StoredContent Read(ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase)
    {
        if (content.Length < SHA1.HashSizeInBytes + 12) return StoredContent.Broken("is a Java keystore that was cut off");
        var entries = content[..^SHA1.HashSizeInBytes];
        var digest = content[^SHA1.HashSizeInBytes..];
        if (!passphrase.IsEmpty && !IsWhole(entries, digest, passphrase)) return StoredContent.Broken("is not opened by the passphrase, or is damaged");
        var store = new JavaKeystore(entries[4..]);
        var problem = store.ReadEntries();
        return new StoredContent([.. store._certificates], store._leftOut) { Problem = store._certificates.Count == 0 ? problem : null };
    }

    private string? ReadEntries()
    {
        _version = Length();
        if (_version is < OldestVersion or > Version) return "is a Java keystore of a version that is not known";
        var count = Length();
        if (count < 0) return Cut();
        for (var i = 0; i < count; i++)
        {
            var kind = Length();
            if (!Skip(ShortLength()) || !Skip(8)) return Cut(); // its alias, and when it was made
            if (kind == PrivateKeyEntry)
            {
                if (!Skip(Length())) return Cut();
                var chain = Length();
                if (chain < 0) return Cut();
                for (; chain > 0; chain--)
                {
                    if (!ReadCertificate()) return Cut();
                }
            }
            else if (kind != CertificateEntry || !ReadCertificate()) return Cut();
        }

        return null;
    }

    /// <summary>What cannot be read counts once: how much it is, nobody can tell.</summary>
    private string Cut()
    {
        _leftOut++;
        return "is a Java keystore that is damaged, or that holds a kind of entry which cannot be passed over";
    }

    private bool ReadCertificate()
    {
        if (_version == Version && !Skip(ShortLength())) return false; // "X.509"
        var length = Length();
        if (length <= 0 || length > _rest.Length) return false;
        if (_certificates.Count < PemCertificates.MostInFile && Certificate.TryParse(_rest[..length].ToArray()) is { } certificate) _certificates.Add(certificate);
        else _leftOut++;
        return Skip(length);
    }

    /// <summary>Negative where there is nothing any more, or more than can be.</summary>
    private int Length()
    {
        if (!BinaryPrimitives.TryReadInt32BigEndian(_rest, out var number)) return -1;
        _rest = _rest[4..];
        return number;
    }

    private int ShortLength()
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out var length)) return -1;
        _rest = _rest[2..];
        return length;
    }

    private bool Skip(int length)
    {
        if (length < 0 || length > _rest.Length) return false;
        _rest = _rest[length..];
        return true;
    }

    private static bool IsWhole(ReadOnlySpan<byte> entries, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> passphrase)
    {
        var buffer = PinnedBuffers.Rent(2 * (2 * passphrase.Length));
        try
        {
            var letters = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, char>(buffer.AsSpan());
            if (!Encoding.UTF8.TryGetChars(passphrase, letters, out var count)) return false;
            foreach (ref var letter in letters[..count]) letter = (char)BinaryPrimitives.ReverseEndianness(letter);
#pragma warning disable CA5350 // The format has no other.
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
            hash.AppendData(buffer.AsSpan(0, 2 * count));
            hash.AppendData("Mighty Aphrodite"u8);
            hash.AppendData(entries);
            Span<byte> expected = stackalloc byte[SHA1.HashSizeInBytes];
            hash.GetHashAndReset(expected);
            return expected.SequenceEqual(digest);
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }
}
