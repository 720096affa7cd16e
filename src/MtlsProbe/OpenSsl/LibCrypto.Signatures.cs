using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>The functions of libcrypto that verify signatures of certificates and OCSP responses.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library.Crypto)]
    public static partial nint X509_get0_pubkey(nint certificate);

    [LibraryImport(Library.Crypto)]
    public static partial int X509_verify(nint certificate, nint publicKey);
}
