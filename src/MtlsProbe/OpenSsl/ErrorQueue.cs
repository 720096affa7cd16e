using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>What the OpenSSL error queue of the calling thread says about reading a key.</summary>
/// <param name="Unsupported">No loaded provider offers an algorithm.</param>
/// <param name="Undecipherable">A checksum or padding was wrong after decryption: the passphrase is wrong.</param>
internal readonly record struct ErrorQueue(bool Unsupported, bool Undecipherable)
{
    /// <summary>libcrypto was not called: it would have taken too long.</summary>
    public bool TooCostly { get; init; }

    // ERR_LIB_* and reason codes of err.h, evperr.h and pkcs12err.h.
    private const int EvpLibrary = 6;
    private const int Pkcs12Library = 35;
    private const int CommonUnsupported = 268 | (2 << 18);
    private const int EvpBadDecrypt = 100;
    private const int EvpUnsupportedAlgorithm = 156;
    private const int Pkcs12MacVerifyFailure = 113;
    private const int Pkcs12CipherFinalError = 116;

    /// <summary>Reads the queue to its end and leaves it empty. Call this on the thread that made the failing call.</summary>
    public static ErrorQueue Drain()
    {
        var summary = default(ErrorQueue);
        while (ERR_get_error() is not 0 and var error)
        {
            var library = (int)(error >> 23) & 0xFF;
            var reason = (int)error & 0x7FFFFF;
            summary = (library, reason) switch
            {
                // Not from the decoders: they report it for anything that they cannot read, including a key decrypted with a wrong passphrase.
                (EvpLibrary, CommonUnsupported or EvpUnsupportedAlgorithm) => summary with { Unsupported = true },
                (EvpLibrary, EvpBadDecrypt) or (Pkcs12Library, Pkcs12MacVerifyFailure or Pkcs12CipherFinalError) =>
                    summary with { Undecipherable = true },
                _ => summary,
            };
        }

        return summary;
    }
}
