using System.Formats.Asn1;
using System.Security.Cryptography;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>PKCS#12 files and encrypted keys (RFC 7292, RFC 8018) that no available tool writes: octet by octet, with real cryptography.</summary>
internal static class HandmadePkcs12
{
    public const string Aes256Gcm = "2.16.840.1.101.3.4.1.46";
    public const string Aes256Cbc = "2.16.840.1.101.3.4.1.42";
    public const string Pbkdf2 = "1.2.840.113549.1.5.12";
    public const string HmacSha256 = "1.2.840.113549.2.9";
    public const string Nonsense = "1.3.6.1.4.1.55555.1";

    private static readonly byte[] s_salt = [1, 2, 3, 4, 5, 6, 7, 8];

    /// <summary>A file without MAC and passphrase.</summary>
    /// <param name="bags">From <see cref="Key"/>, <see cref="Certificate"/> and the like.</param>
    public static byte[] Of(params byte[][] bags) => Pfx(Safes(bags), null);

    /// <summary>A file whose MAC is PBMAC1 (RFC 9579).</summary>
    public static byte[] WithPbmac1(string passphrase, params byte[][] bags)
    {
        var safes = Safes(bags);
        var key = Rfc2898DeriveBytes.Pbkdf2(passphrase, s_salt, 2048, HashAlgorithmName.SHA256, 32);
        var mac = Sequence(
            Sequence(
                Sequence(Oid("1.2.840.113549.1.5.14"), Sequence(Derivation(Pbkdf2, HmacSha256), Sequence(Oid(HmacSha256), Null()))),
                Octets(HMACSHA256.HashData(key, safes))),
            Octets("NOT USED"u8.ToArray()),
            Integer(1));
        return Pfx(safes, mac);
    }

    public static byte[] Key(byte[] pkcs8) => Bag("1.2.840.113549.1.12.10.1.1", pkcs8);

    public static byte[] ShroudedKey(byte[] encryptedPkcs8) => Bag("1.2.840.113549.1.12.10.1.2", encryptedPkcs8);

    public static byte[] Certificate(byte[] der) =>
        Bag("1.2.840.113549.1.12.10.1.3", Sequence(Oid("1.2.840.113549.1.9.22.1"), Explicit0(Octets(der))));

    public static byte[] Secret() => Bag("1.2.840.113549.1.12.10.1.5", Sequence(Oid(Nonsense), Explicit0(Octets([1, 2, 3]))));

    /// <summary>A key that the passphrase opens, by AES-256-GCM (RFC 5084), as PKCS#8.</summary>
    public static byte[] KeyUnderGcm(byte[] pkcs8, string passphrase)
    {
        byte[] nonce = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        byte[] sealedKey = new byte[pkcs8.Length], tag = new byte[16];
        using var gcm = new AesGcm(Rfc2898DeriveBytes.Pbkdf2(passphrase, s_salt, 2048, HashAlgorithmName.SHA256, 32), 16);
        gcm.Encrypt(nonce, pkcs8, sealedKey, tag);
        return Encrypted(Pbkdf2, HmacSha256, Sequence(Oid(Aes256Gcm), Sequence(Octets(nonce), Integer(16))), [.. sealedKey, .. tag]);
    }

    /// <summary>A key under AES-256-CBC with an uncommon key derivation.</summary>
    public static byte[] KeyUnder(string derivation, string pseudoRandomFunction) =>
        Encrypted(derivation, pseudoRandomFunction, Sequence(Oid(Aes256Cbc), Octets(new byte[16])), new byte[64]);

    private static byte[] Encrypted(string derivation, string function, byte[] cipher, byte[] content) =>
        Sequence(Sequence(Oid("1.2.840.113549.1.5.13"), Sequence(Derivation(derivation, function), cipher)), Octets(content));

    private static byte[] Derivation(string derivation, string function) =>
        Sequence(Oid(derivation), Sequence(Octets(s_salt), Integer(2048), Integer(32), Sequence(Oid(function), Null())));

    private static byte[] Pfx(byte[] safes, byte[]? mac) =>
        Sequence([Integer(3), Sequence(Oid("1.2.840.113549.1.7.1"), Explicit0(Octets(safes))), .. mac is null ? (byte[][])[] : [mac]]);

    /// <summary>One safe, which is not encrypted.</summary>
    private static byte[] Safes(byte[][] bags) => Sequence(Sequence(Oid("1.2.840.113549.1.7.1"), Explicit0(Octets(Sequence(bags)))));

    private static byte[] Bag(string kind, byte[] value) => Sequence(Oid(kind), Explicit0(value));

    private static byte[] Sequence(params byte[][] parts) => Written(writer =>
    {
        using (writer.PushSequence())
        {
            foreach (var part in parts) writer.WriteEncodedValue(part);
        }
    });

    private static byte[] Explicit0(byte[] value) => Written(writer =>
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0))) writer.WriteEncodedValue(value);
    });

    private static byte[] Oid(string oid) => Written(writer => writer.WriteObjectIdentifier(oid));

    private static byte[] Octets(byte[] value) => Written(writer => writer.WriteOctetString(value));

    private static byte[] Integer(int value) => Written(writer => writer.WriteInteger(value));

    private static byte[] Null() => Written(writer => writer.WriteNull());

    private static byte[] Written(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
