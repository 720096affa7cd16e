using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The question to a responder about one certificate (RFC 6960 §4.1). The certificate is identified by SHA-1 hashes, as RFC 5019 §2.1.1 requires:
/// every responder supports them. No security depends on them, because the answer is compared with the certificates themselves. There is no nonce, so
/// a cached answer is acceptable (RFC 5019 §2.1.1); its dates show its age.
/// </summary>
internal static unsafe class OcspRequest
{
    /// <summary>The request in DER; null if one of the certificates cannot be read.</summary>
    public static byte[]? Encode(ReadOnlySpan<byte> certificateDer, ReadOnlySpan<byte> issuerDer)
    {
        nint certificate = 0, issuer = 0, id = 0, request = 0;
        try
        {
            certificate = Der.Decode(certificateDer, &d2i_X509);
            issuer = Der.Decode(issuerDer, &d2i_X509);
            if (certificate == 0 || issuer == 0) return null;
            id = OCSP_cert_to_id(EVP_sha1(), certificate, issuer);
            request = OCSP_REQUEST_new();
            if (id == 0 || request == 0 || OCSP_request_add0_id(request, id) == 0) return null;
            id = 0; // now owned by the request
            return Der.Encode(request, &i2d_OCSP_REQUEST) is { Length: > 0 } der ? der : null;
        }
        finally
        {
            OCSP_REQUEST_free(request);
            if (id != 0) OCSP_CERTID_free(id);
            X509_free(issuer);
            X509_free(certificate);
            ERR_clear_error(); // errors here must not look like a failure of the next TLS call on this thread
        }
    }
}
