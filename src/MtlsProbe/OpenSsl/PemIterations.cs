using System.Formats.Asn1;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// What the encrypted keys of a PEM text ask for, block by block as libcrypto reads it: it takes blocks for whole that RFC 7468 does not, and
/// goes on to the next where one does not open.
/// </summary>
internal static unsafe class PemIterations
{
    /// <summary>Iterations of all blocks together.</summary>
    public static long Of(ReadOnlySpan<byte> pem)
    {
        long total = 0;
        fixed (byte* text = pem)
        {
            var bio = BIO_new_mem_buf(text, pem.Length);
            byte* name = null, header = null, content = null;
            nint length = 0;
            while (bio != 0 && PEM_read_bio(bio, &name, &header, &content, &length) == 1)
            {
                var iterations = OfBlock(new ReadOnlySpan<byte>(content, (int)length));
                total = Math.Min(total, long.MaxValue - iterations) + iterations;
                CRYPTO_free((nint)name, null, 0);
                CRYPTO_free((nint)header, null, 0);
                CRYPTO_clear_free((nint)content, length, null, 0);
            }

            if (bio != 0) _ = BIO_free(bio);
            ERR_clear_error();
        }

        return total;
    }

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
