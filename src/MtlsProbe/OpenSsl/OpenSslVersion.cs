using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>The OpenSSL that was found on this machine.</summary>
internal static unsafe class OpenSslVersion
{
    /// <summary>Its version text, for example <c>OpenSSL 3.0.19 27 Jan 2026</c>.</summary>
    public static string Text => Marshal.PtrToStringUTF8((nint)LibCrypto.OpenSSL_version(0)) ?? "OpenSSL";

    /// <summary>Only name and number, for example <c>OpenSSL 3.0.19</c>.</summary>
    public static string Short => string.Join(' ', Text.Split(' ').Take(2));

    /// <summary>Null if the libraries are present and new enough; otherwise a sentence that says what is wrong and how to fix it.</summary>
    public static string? Problem()
    {
        const string Mend = "Install OpenSSL 3 (Debian, Ubuntu: libssl3 or libssl3t64; Fedora, RHEL: openssl-libs; Alpine: libssl3).";
        try
        {
            var version = LibCrypto.OpenSSL_version_num();
            LibSsl.TLS_client_method();
            return version >= 0x30000000 ? null : $"libcrypto.so.3 reports {Text}; version 3.0 or newer is needed. {Mend}";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return $"The OpenSSL libraries libssl.so.3 and libcrypto.so.3 cannot be loaded. {Mend}";
        }
    }
}
