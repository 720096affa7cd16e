using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>Names that occur in every handshake, kept as one string each.</summary>
internal static unsafe class TlsNames
{
    private static readonly ConcurrentDictionary<nint, string> Ciphers = new();

    /// <summary>The IANA name at a static address in libssl; there are as many addresses as cipher suites.</summary>
    public static string Cipher(byte* name) => Ciphers.GetOrAdd((nint)name, static address => Marshal.PtrToStringUTF8(address) ?? "unknown");
}
