namespace MtlsProbe.OpenSsl;

/// <summary>The native libraries, by the names under which every distribution installs OpenSSL 3.</summary>
internal static class Library
{
    public const string Ssl = "libssl.so.3";

    public const string Crypto = "libcrypto.so.3";
}
