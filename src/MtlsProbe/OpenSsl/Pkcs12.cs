using System.Security.Cryptography;
using MtlsProbe.Model;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>What a PKCS#12 file (RFC 7292) holds, or why it cannot be read.</summary>
/// <param name="Leaf">DER of the certificate that belongs to the key; null when there is none.</param>
/// <param name="Others">DER of the other certificates; the format gives their order no meaning.</param>
/// <param name="Fault">A reason of <see cref="FailureClass.Identity"/>; null on success.</param>
/// <param name="Detail">Continues a sentence that begins with the file's name; null on success.</param>
internal sealed record Pkcs12(
    PrivateKey? Key, ReadOnlyMemory<byte>? Leaf, ValueList<ReadOnlyMemory<byte>> Others, Reason? Fault, string? Detail)
{
    /// <summary>Reads a file's bytes. Deriving the key from the passphrase takes milliseconds to seconds, as the file asks.</summary>
    /// <param name="passphrase">Empty: none.</param>
    public static Pkcs12 Read(ReadOnlySpan<byte> der, ReadOnlySpan<byte> passphrase)
    {
        var content = Parse(der, passphrase, out var authenticated, out var errors);
        if (content is null && errors.Unsupported && LegacyProvider.Load()) content = Parse(der, passphrase, out authenticated, out errors);
        if (content is not null) return content;
        if (errors.Unsupported) return Failed(Reasons.BadFormat, LegacyProvider.Advice);
        if (!errors.Undecipherable) return Failed(Reasons.BadFormat, "is no PKCS#12 file with a private key in it, or is damaged");
        if (!authenticated) return Failed(Reasons.BadFormat, "has no MAC, which OpenSSL demands: export it without -nomac");
        return Failed(
            Reasons.WrongPassphrase, passphrase.IsEmpty ? "is encrypted, and no passphrase is given" : "is not opened by the passphrase");
    }

    private static Pkcs12 Failed(Reason reason, string detail) => new(null, null, [], reason, detail);

    private static unsafe Pkcs12? Parse(
        ReadOnlySpan<byte> der, ReadOnlySpan<byte> passphrase, out bool authenticated, out ErrorQueue errors)
    {
        ERR_clear_error();
        authenticated = false;
        nint key = 0, leaf = 0, others = 0;
        fixed (byte* bytes = der)
        {
            var cursor = bytes;
            var file = d2i_PKCS12(null, &cursor, der.Length);
            if (file != 0)
            {
                authenticated = PKCS12_mac_present(file) == 1;

                // PKCS12_parse wants a terminating zero; pinned, so that the collector leaves no second copy behind.
                var terminated = GC.AllocateArray<byte>(passphrase.Length + 1, pinned: true);
                passphrase.CopyTo(terminated);
                fixed (byte* secret = terminated) PKCS12_parse(file, secret, &key, &leaf, &others);
                CryptographicOperations.ZeroMemory(terminated);
                PKCS12_free(file);
            }
        }

        errors = ErrorQueue.Drain();
        ReadOnlyMemory<byte>? leafDer = leaf == 0 ? null : Take(leaf);
        var othersDer = TakeAll(others);
        return key == 0 ? null : new Pkcs12(new PrivateKey(key), leafDer, othersDer, null, null);
    }

    /// <summary>The certificate's DER; frees the certificate.</summary>
    private static unsafe ReadOnlyMemory<byte> Take(nint certificate)
    {
        byte* der = null;
        var length = i2d_X509(certificate, &der); // allocates when the target is null
        var copy = new ReadOnlySpan<byte>(der, Math.Max(length, 0)).ToArray();
        CRYPTO_free(der, null, 0);
        X509_free(certificate);
        return copy;
    }

    private static ValueList<ReadOnlyMemory<byte>> TakeAll(nint stack)
    {
        if (stack == 0) return [];
        var all = Enumerable.Range(0, OPENSSL_sk_num(stack)).Select(i => Take(OPENSSL_sk_value(stack, i))).ToValueList();
        OPENSSL_sk_free(stack);
        return all;
    }
}
