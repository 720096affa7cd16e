using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>libcrypto's error queue. It belongs to the thread: it is cleared before a call and read directly after it, never across an await.</summary>
internal static unsafe class OpenSslErrors
{
    /// <summary>The number of libssl in an error code (ERR_LIB_SSL).</summary>
    private const int LibrarySsl = 20;

    public static void Clear() => LibCrypto.ERR_clear_error();

    /// <summary>The earliest error on this thread as text; empties the queue.</summary>
    public static string Take() => TakeError().Text;

    /// <summary>
    /// The earliest error on this thread; empties the queue. The reason number is that of libssl, or 0 if the error is from another library.
    /// </summary>
    public static OpenSslError TakeError()
    {
        var code = LibCrypto.ERR_peek_error();
        if (code == 0) return new OpenSslError(0, "no error recorded");
        var text = Marshal.PtrToStringUTF8((nint)LibCrypto.ERR_reason_error_string(code)) ?? $"error 0x{code:x}";
        LibCrypto.ERR_clear_error();
        var library = (int)((code >> 23) & 0xff); // ERR_GET_LIB and ERR_GET_REASON of OpenSSL 3
        var reason = (int)(code & 0x7fffff);
        return new OpenSslError(library == LibrarySsl ? reason : 0, text);
    }
}

/// <summary>An error of the library.</summary>
/// <param name="SslReason">The SSL_R_ number, or 0.</param>
/// <param name="Text">The library's text.</param>
internal readonly record struct OpenSslError(int SslReason, string Text)
{
    private const int UnsupportedProtocol = 258; // SSL_R_UNSUPPORTED_PROTOCOL
    private const int WrongSslVersion = 266; // SSL_R_WRONG_SSL_VERSION
    private const int VersionTooLow = 396; // SSL_R_VERSION_TOO_LOW
    private const int VersionTooHigh = 166; // SSL_R_VERSION_TOO_HIGH
    private const int NoProtocolsAvailable = 191; // SSL_R_NO_PROTOCOLS_AVAILABLE
    private const int WrongVersionNumber = 267; // SSL_R_WRONG_VERSION_NUMBER
    private const int NoCiphersAvailable = 181; // SSL_R_NO_CIPHERS_AVAILABLE
    private const int NoSharedCipher = 193; // SSL_R_NO_SHARED_CIPHER
    private const int WrongCipherReturned = 261; // SSL_R_WRONG_CIPHER_RETURNED

    /// <summary>The peer selected, or left us, no common protocol version.</summary>
    public bool IsVersion => SslReason is UnsupportedProtocol or WrongSslVersion or VersionTooLow or VersionTooHigh or NoProtocolsAvailable;

    /// <summary>The received bytes do not begin with a TLS record.</summary>
    public bool IsNoRecord => SslReason == WrongVersionNumber;

    /// <summary>The peer selected, or left us, no common cipher suite.</summary>
    public bool IsCipher => SslReason is NoCiphersAvailable or NoSharedCipher or WrongCipherReturned;
}
