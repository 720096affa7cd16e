using System.Formats.Asn1;
using System.Runtime.InteropServices;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The iterations of the encrypted keys in a PEM text, block by block as libcrypto reads it: it accepts blocks that RFC 7468 does not, and continues
/// with the next if one cannot be decrypted.
/// </summary>
internal static unsafe class PemIterations
{
    /// <summary>Why no key of the text is opened, continuing a sentence that begins with the file's name; null if they can be opened.</summary>
    public static string? Problem(ReadOnlySpan<byte> pem)
    {
        var iterations = Of(pem, out var isHidden);
        if (isHidden) return "is encrypted twice, by a Proc-Type header and inside, so the iterations to derive a key from the passphrase cannot be counted: write it again, encrypted once";
        return iterations > PasswordProtection.MaxIterations ? PasswordProtection.TooCostly(iterations) : null;
    }

    /// <summary>The total iterations of all blocks, as far as they are visible.</summary>
    /// <param name="isHidden">There is a block whose iterations are not visible.</param>
    public static long Of(ReadOnlySpan<byte> pem, out bool isHidden)
    {
        var total = 0L;
        isHidden = false;
        fixed (byte* text = pem)
        {
            var bio = BIO_new_mem_buf(text, pem.Length);
            byte* name = null, header = null, content = null;
            nint length = 0;
            for (nint left = pem.Length, before = left + 1; bio != 0 && left > 0 && left < before; (before, left) = (left, BIO_ctrl(bio, BioPending, 0, 0)))
            {
                if (PEM_read_bio(bio, &name, &header, &content, &length) != 1) continue; // libcrypto may find a key after a block that it cannot read
                total = PasswordProtection.Together(total, OfBlock(new ReadOnlySpan<byte>(content, (int)length)));
                isHidden |= IsHidden(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name), MemoryMarshal.CreateReadOnlySpanFromNullTerminated(header));
                CRYPTO_free((nint)name, null, 0);
                CRYPTO_free((nint)header, null, 0);
                CRYPTO_clear_free((nint)content, length, null, 0);
            }

            if (bio != 0) _ = BIO_free(bio);
            ERR_clear_error();
        }

        return total;
    }

    /// <summary>
    /// Whether a block with the old encryption of keys (RFC 1421 §4.6.1.1), which uses one iteration, may contain another encryption whose iterations
    /// are visible only after decryption.
    /// </summary>
    private static bool IsHidden(ReadOnlySpan<byte> label, ReadOnlySpan<byte> header) =>
        label.SequenceEqual("ENCRYPTED PRIVATE KEY"u8) && header.IndexOf("ENCRYPTED"u8) >= 0;

    /// <summary>A key that is not encrypted begins with its version, and is not copied.</summary>
    private static long OfBlock(ReadOnlySpan<byte> der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.BER, out var start, out var length, out _);
            return length > 0 && der[start] == 0x30 ? PasswordProtection.OfPkcs8(der.ToArray()).Iterations : 0;
        }
        catch (AsnContentException)
        {
            return 0;
        }
    }
}
