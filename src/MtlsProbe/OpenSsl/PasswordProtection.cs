using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using MtlsProbe.Values;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The algorithms with which a passphrase protects a key or a PKCS#12 file, as the file lists them. libcrypto's errors do not distinguish an
/// unsupported algorithm from a wrong passphrase.
/// </summary>
/// <param name="Algorithms">Object identifiers, in the order of the file.</param>
internal sealed record PasswordProtection(ValueList<string> Algorithms)
{
    /// <summary>
    /// Maximum iterations of key derivation for one file: some seconds of a core. Programs write 2,048 to 600,000 for each part. A file can demand
    /// two billion, and a derivation cannot be stopped.
    /// </summary>
    public const long MaxIterations = 10_000_000;

    // scrypt (RFC 7914): N × r × p blocks of 128 octets, each as expensive as about two iterations.
    private const long IterationsPerBlock = 2;

    private const string Pbes2 = "1.2.840.113549.1.5.13";
    private const string Pbmac1 = "1.2.840.113549.1.5.14";
    private const string Scrypt = "1.3.6.1.4.1.11591.4.11";
    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string HmacSha1 = "1.2.840.113549.2.7";
    private const string Data = "1.2.840.113549.1.7.1";
    private const string EncryptedData = "1.2.840.113549.1.7.6";
    private const string ShroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
    private const uint VersionWithPbmac1 = 0x30400000;

    /// <summary>The total iterations of all visible derivations in the file; for scrypt, the equivalent number.</summary>
    public long Iterations { get; private init; }

    private static readonly Asn1Tag s_explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>For an <c>EncryptedPrivateKeyInfo</c> (RFC 5958 §3).</summary>
    public static PasswordProtection OfPkcs8(ReadOnlyMemory<byte> der) =>
        Collect(found => Algorithm(new AsnReader(der, AsnEncodingRules.BER).ReadSequence(), found));

    /// <summary>For a PKCS#12 file (RFC 7292 §4): what is visible without opening it.</summary>
    public static PasswordProtection OfPkcs12(ReadOnlySpan<byte> der)
    {
        var file = der.ToArray(); // its secret parts are encrypted
        return Collect(found => Pfx(new AsnReader(file, AsnEncodingRules.BER).ReadSequence(), found));
    }

    /// <summary>
    /// What OpenSSL does not support, continuing a sentence that begins with the file's name; null if no unsupported algorithm is known.
    /// </summary>
    public string? Problem()
    {
        if (Iterations > MaxIterations) return TooCostly(Iterations);

        if (Algorithms.Contains(Pbmac1) && LibCrypto.OpenSSL_version_num() < VersionWithPbmac1)
        {
            return $"has a MAC of the kind PBMAC1 (RFC 9579), which OpenSSL can check from version 3.4 on, but this is {OpenSslVersion.Short} " +
                "(its legacy provider does not help): use a newer OpenSSL, or write the file again without PBMAC1";
        }

        return Algorithms.FirstOrDefault(oid => !PasswordAlgorithms.Offered.Contains(oid)) is { } unknown
            ? $"is protected by {PasswordAlgorithms.NameOf(unknown)}, which {OpenSslVersion.Short} does not support for this purpose, so the passphrase " +
                "could not be tried: on the machine that created it, write it again with PBES2, PBKDF2 and AES-256-CBC"
            : null;
    }

    /// <summary>The sum, up to the largest number that is counted.</summary>
    public static long Together(long some, long more) => Math.Min(some, long.MaxValue - more) + more;

    /// <summary>Why it is too expensive, continuing a sentence that begins with the file's name.</summary>
    public static string TooCostly(long iterations) =>
        string.Create(CultureInfo.InvariantCulture, $"asks for {iterations:N0} iterations to derive a key from the passphrase, more than {MaxIterations:N0}, which would take minutes or days: ") +
        "write it again with fewer, such as openssl's default";

    /// <summary>For a damaged file, whatever could be read.</summary>
    private static PasswordProtection Collect(Action<Found> read)
    {
        var found = new Found();
        try
        {
            read(found);
        }
        catch (AsnContentException)
        {
            // The code that opens the file reports the damage.
        }

        return new PasswordProtection([.. found.Algorithms]) { Iterations = found.Iterations };
    }

    private static void Pfx(AsnReader file, Found found)
    {
        file.ReadInteger();
        var safes = Content(file.ReadSequence(), found);
        if (file.HasData)
        {
            var mac = file.ReadSequence();
            Algorithm(mac.ReadSequence(), found); // DigestInfo
            mac.ReadOctetString(); // salt
            if (mac.HasData) found.Add(mac.ReadInteger());
        }

        if (safes is null) return;
        for (var all = safes.ReadSequence(); all.HasData;)
        {
            if (Content(all.ReadSequence(), found) is { } bags) Bags(bags.ReadSequence(), found);
        }
    }

    /// <summary>The plain content of a ContentInfo (RFC 5652 §3); if it is encrypted, its algorithm is noted.</summary>
    private static AsnReader? Content(AsnReader info, Found found)
    {
        var type = info.ReadObjectIdentifier();
        if (type == Data) return new AsnReader(info.ReadSequence(s_explicit0).ReadOctetString(), AsnEncodingRules.BER);
        if (type != EncryptedData) return null;
        var encrypted = info.ReadSequence(s_explicit0).ReadSequence();
        encrypted.ReadInteger();
        var content = encrypted.ReadSequence();
        content.ReadObjectIdentifier();
        Algorithm(content, found);
        return null;
    }

    private static void Bags(AsnReader bags, Found found)
    {
        while (bags.HasData)
        {
            var bag = bags.ReadSequence();
            if (bag.ReadObjectIdentifier() == ShroudedKeyBag) Algorithm(bag.ReadSequence(s_explicit0).ReadSequence(), found);
        }
    }

    /// <summary>Reads the next AlgorithmIdentifier, and those nested in it (RFC 8018 §A.4, §A.5).</summary>
    private static void Algorithm(AsnReader parent, Found found)
    {
        var identifier = parent.ReadSequence();
        var oid = identifier.ReadObjectIdentifier();
        found.Algorithms.Add(oid);
        if (IsPasswordBased(oid) && identifier.HasData)
        {
            var values = identifier.ReadSequence();
            values.ReadOctetString(); // salt
            found.Add(values.ReadInteger());
            return;
        }

        if (oid is not (Pbes2 or Pbmac1)) return;
        var parts = identifier.ReadSequence();
        Derivation(parts, found);
        found.Algorithms.Add(parts.ReadSequence().ReadObjectIdentifier());
    }

    private static void Derivation(AsnReader parts, Found found)
    {
        var derivation = parts.ReadSequence();
        var oid = derivation.ReadObjectIdentifier();
        found.Algorithms.Add(oid);
        if (oid == Scrypt)
        {
            var costs = derivation.ReadSequence();
            costs.ReadOctetString(); // salt
            found.Add(costs.ReadInteger() * costs.ReadInteger() * costs.ReadInteger() * IterationsPerBlock);
        }

        if (oid != Pbkdf2) return;
        var values = derivation.ReadSequence();
        values.ReadEncodedValue(); // salt
        found.Add(values.ReadInteger());
        if (values.HasData && values.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) values.ReadInteger(); // length of the key
        found.Algorithms.Add(values.HasData ? values.ReadSequence().ReadObjectIdentifier() : HmacSha1);
    }

    /// <summary>PBES1 (RFC 8018 §A.3) and the algorithms of PKCS#12 (RFC 7292 §C): the parameters are a salt and a count.</summary>
    private static bool IsPasswordBased(string oid) =>
        oid.StartsWith("1.2.840.113549.1.12.1.", StringComparison.Ordinal) || (oid.StartsWith("1.2.840.113549.1.5.", StringComparison.Ordinal) && oid is not (Pbes2 or Pbmac1 or Pbkdf2));

    /// <summary>The state of reading.</summary>
    private sealed class Found
    {
        public List<string> Algorithms { get; } = [];

        public long Iterations { get; private set; }

        public void Add(BigInteger iterations) => Iterations = (long)BigInteger.Min(Iterations + BigInteger.Max(iterations, 0), long.MaxValue);
    }
}
