using System.Formats.Asn1;
using MtlsProbe.Values;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The algorithms by which a passphrase protects a key or a PKCS#12 file, as the file names them. libcrypto's errors do not tell an
/// algorithm that it does not offer from a passphrase that is wrong.
/// </summary>
/// <param name="Algorithms">Object identifiers, in the order of the file.</param>
internal sealed record PasswordProtection(ValueList<string> Algorithms)
{
    private const string Pbes2 = "1.2.840.113549.1.5.13";
    private const string Pbmac1 = "1.2.840.113549.1.5.14";
    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string HmacSha1 = "1.2.840.113549.2.7";
    private const string Data = "1.2.840.113549.1.7.1";
    private const string EncryptedData = "1.2.840.113549.1.7.6";
    private const string ShroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
    private const uint VersionWithPbmac1 = 0x30400000;

    private static readonly Asn1Tag s_explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Of an <c>EncryptedPrivateKeyInfo</c> (RFC 5958 §3).</summary>
    public static PasswordProtection OfPkcs8(ReadOnlyMemory<byte> der) =>
        Collect(found => Algorithm(new AsnReader(der, AsnEncodingRules.BER).ReadSequence(), found));

    /// <summary>Of a PKCS#12 file (RFC 7292 §4): what can be seen without opening it.</summary>
    public static PasswordProtection OfPkcs12(ReadOnlySpan<byte> der)
    {
        var file = der.ToArray(); // whatever is secret in it is encrypted
        return Collect(found => Pfx(new AsnReader(file, AsnEncodingRules.BER).ReadSequence(), found));
    }

    /// <summary>What OpenSSL does not offer, continuing a sentence that begins with the file's name; null when that is not known of any.</summary>
    public string? Problem()
    {
        if (Algorithms.Contains(Pbmac1) && LibCrypto.OpenSSL_version_num() < VersionWithPbmac1)
        {
            return $"has a MAC of the kind PBMAC1 (RFC 9579), which OpenSSL can check from version 3.4 on, and here is {OpenSslVersion.Short} " +
                "(its legacy provider does not help): use a newer one, or write the file anew without PBMAC1";
        }

        return Algorithms.FirstOrDefault(oid => !PasswordAlgorithms.Offered.Contains(oid)) is { } unknown
            ? $"is protected by {PasswordAlgorithms.NameOf(unknown)}, which {OpenSslVersion.Short} does not offer for that, so that the passphrase " +
                "could not be tried: write it anew with PBES2, PBKDF2 and AES-256-CBC, where it was made"
            : null;
    }

    /// <summary>What is damaged gives as much as could be read.</summary>
    private static PasswordProtection Collect(Action<List<string>> read)
    {
        var found = new List<string>();
        try
        {
            read(found);
        }
        catch (AsnContentException)
        {
            // That it is damaged is said by who opens it.
        }

        return new PasswordProtection([.. found]);
    }

    private static void Pfx(AsnReader file, List<string> found)
    {
        file.ReadInteger();
        var safes = Content(file.ReadSequence(), found);
        if (file.HasData) Algorithm(file.ReadSequence().ReadSequence(), found); // MacData, DigestInfo
        if (safes is null) return;
        for (var all = safes.ReadSequence(); all.HasData;)
        {
            if (Content(all.ReadSequence(), found) is { } bags) Bags(bags.ReadSequence(), found);
        }
    }

    /// <summary>The octets that a ContentInfo (RFC 5652 §3) holds in clear; where they are encrypted, by what.</summary>
    private static AsnReader? Content(AsnReader info, List<string> found)
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

    private static void Bags(AsnReader bags, List<string> found)
    {
        while (bags.HasData)
        {
            var bag = bags.ReadSequence();
            if (bag.ReadObjectIdentifier() == ShroudedKeyBag) Algorithm(bag.ReadSequence(s_explicit0).ReadSequence(), found);
        }
    }

    /// <summary>The AlgorithmIdentifier that comes next, and those inside of it (RFC 8018 §A.4, §A.5).</summary>
    private static void Algorithm(AsnReader parent, List<string> found)
    {
        var identifier = parent.ReadSequence();
        var oid = identifier.ReadObjectIdentifier();
        found.Add(oid);
        if (oid is not (Pbes2 or Pbmac1)) return;
        var parts = identifier.ReadSequence();
        Derivation(parts, found);
        found.Add(parts.ReadSequence().ReadObjectIdentifier());
    }

    private static void Derivation(AsnReader parts, List<string> found)
    {
        var derivation = parts.ReadSequence();
        var oid = derivation.ReadObjectIdentifier();
        found.Add(oid);
        if (oid != Pbkdf2) return;
        var values = derivation.ReadSequence();
        values.ReadEncodedValue(); // salt
        values.ReadInteger(); // iterations
        if (values.HasData && values.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) values.ReadInteger(); // length of the key
        found.Add(values.HasData ? values.ReadSequence().ReadObjectIdentifier() : HmacSha1);
    }
}
