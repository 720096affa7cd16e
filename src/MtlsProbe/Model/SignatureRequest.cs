using System.Security.Cryptography;

namespace MtlsProbe.Model;

/// <summary>What a private key that is kept elsewhere is asked to sign.</summary>
/// <param name="Hash">What <paramref name="Digest"/> was made with.</param>
/// <param name="Digest">Of the message.</param>
internal sealed record SignatureRequest(SignatureScheme Scheme, HashAlgorithmName Hash, ReadOnlyMemory<byte> Digest)
{
    /// <summary>In bytes; with <see cref="SignatureScheme.Pss"/>.</summary>
    public int SaltLength { get; init; }
}

/// <summary>How to sign a digest.</summary>
internal enum SignatureScheme
{
    /// <summary>RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).</summary>
    Pkcs1,

    /// <summary>RSASSA-PSS (RFC 8017 §8.1).</summary>
    Pss,

    /// <summary>Two numbers of one length, as IEEE P1363 puts them.</summary>
    Ecdsa,
}
