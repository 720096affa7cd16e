using System.Security.Cryptography;

namespace MtlsProbe.Model;

/// <summary>A digest to be signed by a private key that is kept elsewhere.</summary>
/// <param name="Hash">The hash function that made <paramref name="Digest"/>.</param>
/// <param name="Digest">The digest of the message.</param>
internal sealed record SignatureRequest(SignatureScheme Scheme, HashAlgorithmName Hash, ReadOnlyMemory<byte> Digest)
{
    /// <summary>In bytes, for <see cref="SignatureScheme.Pss"/>.</summary>
    public int SaltLength { get; init; }
}

/// <summary>How to sign a digest.</summary>
internal enum SignatureScheme
{
    /// <summary>RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).</summary>
    Pkcs1,

    /// <summary>RSASSA-PSS (RFC 8017 §8.1).</summary>
    Pss,

    /// <summary>Two numbers of equal length, in the format of IEEE P1363.</summary>
    Ecdsa,
}
