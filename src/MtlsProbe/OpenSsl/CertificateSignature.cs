namespace MtlsProbe.OpenSsl;

/// <summary>Verifies the signature of one certificate with the public key of another; nothing else is checked.</summary>
internal static unsafe class CertificateSignature
{
    /// <summary>False also if either certificate is unreadable, or if libcrypto does not support the algorithm.</summary>
    public static bool IsSignedBy(ReadOnlySpan<byte> certificateDer, ReadOnlySpan<byte> issuerDer)
    {
        nint certificate = 0, issuer = 0;
        try
        {
            certificate = Read(certificateDer);
            issuer = Read(issuerDer);
            if (certificate == 0 || issuer == 0) return false;
            var key = LibCrypto.X509_get0_pubkey(issuer);
            return key != 0 && LibCrypto.X509_verify(certificate, key) == 1;
        }
        finally
        {
            LibCrypto.X509_free(certificate);
            LibCrypto.X509_free(issuer);
            LibCrypto.ERR_clear_error(); // a failed check leaves errors on this thread, which the next TLS call would report as its own
        }
    }

    private static nint Read(ReadOnlySpan<byte> der)
    {
        fixed (byte* start = der)
        {
            var cursor = start;
            return LibCrypto.d2i_X509(null, &cursor, der.Length);
        }
    }
}
