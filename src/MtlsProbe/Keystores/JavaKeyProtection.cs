using System.Formats.Asn1;
using System.Security.Cryptography;
using MtlsProbe.Files;

namespace MtlsProbe.Keystores;

/// <summary>
/// Decrypts private keys of Java keystores. Both methods are Java's own: JKS uses a stream of SHA-1 values
/// (<c>sun.security.provider.KeyProtector</c>), JCEKS a derivation by MD5 for TripleDES (<c>com.sun.crypto.provider.KeyProtector</c>).
/// </summary>
internal static class JavaKeyProtection
{
    /// <summary>The limit of Java itself for JCEKS.</summary>
    public const int MaxIterations = 5_000_000;

    private const string JksAlgorithm = "1.3.6.1.4.1.42.2.17.1.1";
    private const string JceksAlgorithm = "1.3.6.1.4.1.42.2.19.1";
    private const int JceksSalt = 8;
    private const string NotOpened = "cannot be decrypted with the passphrase of the keystore (keytool -keypasswd changes it to that of the keystore)";

    /// <summary>The key in PKCS#8, in a buffer of <see cref="PinnedBuffers"/> that belongs to the caller; null if it cannot be decrypted.</summary>
    /// <param name="protectedKey">An <c>EncryptedPrivateKeyInfo</c> (RFC 5958 §3).</param>
    /// <param name="passphrase">In UTF-8.</param>
    /// <param name="problem">Why not, continuing a sentence that begins with the key.</param>
    /// <param name="mostIterations">Limit for the derivation of JCEKS.</param>
    public static byte[]? Open(ReadOnlySpan<byte> protectedKey, ReadOnlySpan<byte> passphrase, out int length, out string? problem, int mostIterations = MaxIterations)
    {
        (length, problem) = (0, "is damaged");
        try
        {
            var outer = new AsnReader(protectedKey.ToArray(), AsnEncodingRules.DER).ReadSequence();
            var algorithm = outer.ReadSequence();
            var identifier = algorithm.ReadObjectIdentifier();
            var encrypted = outer.ReadOctetString();
            if (identifier == JksAlgorithm) return Jks(encrypted, passphrase, out length, out problem);
            if (identifier == JceksAlgorithm) return Jceks(algorithm.ReadSequence(), encrypted, passphrase, mostIterations, out length, out problem);
            problem = "is encrypted, but not as in JKS or JCEKS";
        }
        catch (AsnContentException)
        {
            // It is damaged.
        }

        return null;
    }

    private static byte[]? Jks(ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> passphrase, out int length, out string? problem)
    {
        const int digest = SHA1.HashSizeInBytes;
        (length, problem) = (encrypted.Length - (2 * digest), "is damaged");
        if (length <= 0) return null;
        var (secret, key, isOpen) = (PinnedBuffers.Rent(2 * passphrase.Length), PinnedBuffers.Rent(length), false);
        try
        {
            if (JavaKeystore.Utf16(passphrase, secret) is { } letters)
            {
                var word = secret.AsSpan(0, letters);
#pragma warning disable CA5350 // The format has no other.
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
                Span<byte> stream = stackalloc byte[digest];
                encrypted[..digest].CopyTo(stream);
                for (var at = 0; at < length; at++)
                {
                    if (at % digest == 0)
                    {
                        hash.AppendData(word);
                        hash.AppendData(stream);
                        hash.GetHashAndReset(stream);
                    }

                    key[at] = (byte)(encrypted[digest + at] ^ stream[at % digest]);
                }

                hash.AppendData(word);
                hash.AppendData(key.AsSpan(0, length));
                hash.GetHashAndReset(stream);
                isOpen = CryptographicOperations.FixedTimeEquals(stream, encrypted[^digest..]);
            }
        }
        finally
        {
            PinnedBuffers.Return(secret);
            if (!isOpen) PinnedBuffers.Return(key);
        }

        problem = isOpen ? null : NotOpened;
        return isOpen ? key : null;
    }

    private static byte[]? Jceks(AsnReader parameters, byte[] encrypted, ReadOnlySpan<byte> passphrase, int mostIterations, out int length, out string? problem)
    {
        (length, problem) = (0, "is damaged");
        var salt = parameters.ReadOctetString();
        if (!parameters.TryReadInt32(out var iterations) || salt.Length != JceksSalt || iterations < 1) return null;
        if (iterations > mostIterations)
        {
            problem = FormattableString.Invariant($"asks for {iterations:N0} iterations of key derivation, more than the limit of {mostIterations:N0}");
            return null;
        }

        var (derived, key, isOpen) = (PinnedBuffers.Rent(2 * MD5.HashSizeInBytes), PinnedBuffers.Rent(encrypted.Length), false);
        try
        {
            Derive(salt, iterations, passphrase, derived);
#pragma warning disable CA5350 // The format has no other.
            using var cipher = TripleDES.Create();
#pragma warning restore CA5350
            cipher.SetKey(derived.AsSpan(0, 24));
            isOpen = cipher.TryDecryptCbc(encrypted, derived.AsSpan(24, 8), key, out length, PaddingMode.PKCS7);
            problem = isOpen ? null : NotOpened;
        }
        catch (CryptographicException)
        {
            problem = NotOpened; // invalid padding, or a key that happens to be weak
        }
        finally
        {
            PinnedBuffers.Return(derived);
            if (!isOpen) PinnedBuffers.Return(key);
        }

        return isOpen ? key : null;
    }

    /// <summary>Each half of the salt is hashed with the passphrase repeatedly; the two results are the key and the first block.</summary>
    private static void Derive(byte[] salt, int iterations, ReadOnlySpan<byte> passphrase, Span<byte> derived)
    {
        const int half = JceksSalt / 2;
#pragma warning disable CA5351 // The format has no other.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        for (var part = 0; part < 2; part++)
        {
            var result = derived.Slice(part * MD5.HashSizeInBytes, MD5.HashSizeInBytes);
            ReadOnlySpan<byte> hashed = salt.AsSpan(part * half, half);
            for (var i = 0; i < iterations; i++)
            {
                hash.AppendData(hashed);
                hash.AppendData(passphrase);
                hash.GetHashAndReset(result);
                hashed = result;
            }
        }
    }
}
