using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Files;

namespace MtlsProbe.Keystores;

/// <summary>
/// The entries of a Java keystore (JKS or JCEKS). Certificates are not encrypted, keys are decrypted by <see cref="JavaKeyProtection"/>. A secret key
/// in JCEKS is a serialized object of unknown length: entries after it cannot be read.
/// </summary>
/// <remarks>
/// The format is that of <c>sun.security.provider.JavaKeyStore</c>: numbers are big-endian, and texts are preceded by their length in two octets. The
/// file ends with the SHA-1 hash of the passphrase in UTF-16, a constant text, and everything before it.
/// </remarks>
internal ref struct JavaKeystore
{
    /// <summary>Maximum certificates of one file; further ones are counted.</summary>
    public const int MostCertificates = 1000;

    private const uint Jks = 0xFEEDFEED;
    private const uint Jceks = 0xCECECECE;
    private const int PrivateKeyEntry = 1;
    private const int CertificateEntry = 2;
    private const int OldestVersion = 1;
    private const int Version = 2;

    private readonly ReadOnlySpan<byte> _content;
    private readonly List<JavaEntry> _entries = [];
    private int _at;
    private int _version;
    private int _certificates;
    private int _leftOut;

    private JavaKeystore(ReadOnlySpan<byte> content) => _content = content;

    /// <summary>Whether a file begins like a Java keystore.</summary>
    public static bool Is(ReadOnlySpan<byte> content) => content.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(content) is Jks or Jceks;

    /// <param name="passphrase">In UTF-8, used to check the integrity of the file; empty: it is not checked.</param>
    public static JavaEntries Read(ReadOnlySpan<byte> content, ReadOnlySpan<byte> passphrase)
    {
        if (content.Length < SHA1.HashSizeInBytes + 12) return JavaEntries.Broken("is a Java keystore that was cut off");
        var entries = content[..^SHA1.HashSizeInBytes];
        if (!passphrase.IsEmpty && !IsWhole(entries, content[^SHA1.HashSizeInBytes..], passphrase))
            return JavaEntries.Broken("cannot be decrypted with the passphrase, or is damaged") with { IsLocked = true };
        var store = new JavaKeystore(entries) { _at = 4 };
        var problem = store.ReadEntries();
        return new JavaEntries([.. store._entries], store._leftOut, problem);
    }

    private string? ReadEntries()
    {
        _version = Length();
        if (_version is < OldestVersion or > Version) return "is a Java keystore of an unknown version";
        var count = Length();
        if (count < 0) return Cut();
        for (var i = 0; i < count; i++)
        {
            var kind = Length();
            if (Text() is not { } alias || !Skip(8)) return Cut(); // skips its creation time
            if (kind == PrivateKeyEntry)
            {
                var length = Length();
                var start = _at;
                if (!Skip(length)) return Cut();
                var (chain, before) = (Length(), _leftOut);
                if (chain < 0 || ReadCertificates(chain) is not { } certificates) return Cut();
                _entries.Add(new JavaEntry(alias, new Range(start, start + length), certificates) { LeftOut = _leftOut - before });
            }
            else if (kind == CertificateEntry && ReadCertificates(1) is { } trusted) _entries.Add(new JavaEntry(alias, null, trusted));
            else return Cut();
        }

        return null;
    }

    /// <summary>Unreadable content counts once, because its amount is not known.</summary>
    private string Cut()
    {
        _leftOut++;
        return "is a Java keystore that is damaged, or that contains a kind of entry that cannot be skipped";
    }

    /// <summary>Null if there are fewer.</summary>
    private List<Certificate>? ReadCertificates(int count)
    {
        List<Certificate> read = [];
        for (; count > 0; count--)
        {
            if (_version == Version && Text() is null) return null; // "X.509"
            var length = Length();
            if (length <= 0 || length > _content.Length - _at) return null;
            if (_certificates < MostCertificates && Certificate.TryParse(_content.Slice(_at, length).ToArray()) is { } certificate)
            {
                _certificates++;
                read.Add(certificate);
            }
            else _leftOut++;
            _at += length;
        }

        return read;
    }

    /// <summary>Negative at the end, or if the number is impossible.</summary>
    private int Length()
    {
        if (!BinaryPrimitives.TryReadInt32BigEndian(_content[_at..], out var number)) return -1;
        _at += 4;
        return number;
    }

    private string? Text()
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_content[_at..], out var length) || length > _content.Length - _at - 2) return null;
        _at += 2 + length;
        return Encoding.UTF8.GetString(_content.Slice(_at - length, length));
    }

    private bool Skip(int length)
    {
        if (length < 0 || length > _content.Length - _at) return false;
        _at += length;
        return true;
    }

    private static bool IsWhole(ReadOnlySpan<byte> entries, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> passphrase)
    {
        var buffer = PinnedBuffers.Rent(2 * passphrase.Length);
        try
        {
            if (Utf16(passphrase, buffer) is not { } length) return false;
#pragma warning disable CA5350 // The format has no other.
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
            hash.AppendData(buffer.AsSpan(0, length));
            hash.AppendData("Mighty Aphrodite"u8);
            hash.AppendData(entries);
            Span<byte> expected = stackalloc byte[SHA1.HashSizeInBytes];
            hash.GetHashAndReset(expected);
            return CryptographicOperations.FixedTimeEquals(expected, digest);
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }

    /// <summary>A passphrase in UTF-16, big-endian; null if it is not text.</summary>
    /// <param name="buffer">Room for twice its length.</param>
    internal static int? Utf16(ReadOnlySpan<byte> passphrase, Span<byte> buffer)
    {
        var letters = MemoryMarshal.Cast<byte, char>(buffer);
        if (!Encoding.UTF8.TryGetChars(passphrase, letters, out var count)) return null;
        foreach (ref var letter in letters[..count]) letter = (char)BinaryPrimitives.ReverseEndianness(letter);
        return 2 * count;
    }
}

/// <summary>The content of a Java keystore.</summary>
/// <param name="LeftOut">How many more certificates it has: beyond the limit, or damaged.</param>
/// <param name="Problem">What cannot be read, continuing a sentence that begins with the file; the entries before that are listed.</param>
internal sealed record JavaEntries(IReadOnlyList<JavaEntry> Entries, int LeftOut, string? Problem)
{
    /// <summary>Whether the passphrase is wrong.</summary>
    public bool IsLocked { get; init; }

    public IEnumerable<Certificate> Certificates => Entries.SelectMany(entry => entry.Chain);

    public static JavaEntries Broken(string problem) => new([], 0, problem);
}

/// <summary>One entry of a Java keystore.</summary>
/// <param name="Key">The position of its encrypted private key in the file; null: it is a trusted certificate.</param>
/// <param name="Chain">For a key, leaf first.</param>
internal sealed record JavaEntry(string Alias, Range? Key, IReadOnlyList<Certificate> Chain)
{
    /// <summary>Certificates of the chain that cannot be read, or are beyond the limit for one file.</summary>
    public int LeftOut { get; init; }
}
