using System.Collections.Frozen;

namespace MtlsProbe.OpenSsl;

/// <summary>The algorithms with which OpenSSL 3 derives keys from passphrases, and encrypts and authenticates keys and PKCS#12 files.</summary>
internal static class PasswordAlgorithms
{
    /// <summary>Object identifiers of the algorithms in its default or legacy provider; PBMAC1 depends on the version.</summary>
    public static FrozenSet<string> Offered { get; } = ((string[])
    [
        .. Below("1.2.840.113549.1.5", 1, 3, 4, 6, 10, 11), // PBES1 (RFC 8018 §A.3)
        .. Below("1.2.840.113549.1.5", 12, 13, 14), // PBKDF2, PBES2, PBMAC1
        .. Below("1.2.840.113549.1.12.1", 1, 2, 3, 4, 5, 6), // the algorithms of PKCS#12 itself (RFC 7292 §C)
        "1.3.6.1.4.1.11591.4.11", // scrypt
        .. Below("1.2.840.113549.2", 2, 4, 5, 7, 8, 9, 10, 11, 12, 13), // MD2, MD4, MD5; HMAC with SHA-1 and SHA-2
        .. Below("1.3.6.1.5.5.8.1", 1, 2), // HMAC with MD5 and SHA-1, as older files name them
        .. Below("2.16.840.1.101.3.4.2", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16), // SHA-2, SHA-3, HMAC with SHA-3
        "1.3.14.3.2.26", // SHA-1
        "1.3.36.3.2.1", // RIPEMD-160
        "1.0.10118.3.0.55", // Whirlpool
        .. Below("1.2.840.113549.3", 2, 4, 7), // RC2, RC4, triple DES
        "1.3.14.3.2.7", // DES
        .. Below("2.16.840.1.101.3.4.1", 1, 2, 3, 4, 21, 22, 23, 24, 41, 42, 43, 44), // AES in the modes ECB, CBC, OFB, CFB
        .. Below("1.2.392.200011.61.1.1.1", 2, 3, 4), // Camellia in the mode CBC
        .. Below("1.2.410.200046.1.1", 2, 7, 12), // ARIA in the mode CBC
        .. Below("1.2.156.10197.1.104", 2), // SM4 in the mode CBC
        "1.2.410.200004.1.4", // SEED
        "1.2.840.113533.7.66.10", // CAST5
        "1.3.6.1.4.1.188.7.1.1.2", // IDEA
        "1.3.6.1.4.1.3029.1.2", // Blowfish
    ]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The name of a common algorithm; the object identifier of any other.</summary>
    public static string NameOf(string oid) => oid switch
    {
        "2.16.840.1.101.3.4.1.6" => "AES-128-GCM",
        "2.16.840.1.101.3.4.1.26" => "AES-192-GCM",
        "2.16.840.1.101.3.4.1.46" => "AES-256-GCM",
        "2.16.840.1.101.3.4.1.7" => "AES-128-CCM",
        "2.16.840.1.101.3.4.1.27" => "AES-192-CCM",
        "2.16.840.1.101.3.4.1.47" => "AES-256-CCM",
        "1.2.840.113549.1.9.16.3.18" => "ChaCha20-Poly1305",
        _ => $"the algorithm {oid}",
    };

    private static IEnumerable<string> Below(string arc, params int[] numbers) => numbers.Select(number => FormattableString.Invariant($"{arc}.{number}"));
}
