using System.Globalization;
using System.Text;
using MtlsProbe.Certificates;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// Verifies an OCSP response against the issuer of the certificate that it is about: signed by the issuer, or by a responder that the issuer itself
/// has certified for OCSP signing (RFC 6960 §4.2.2.2). No clock is used, so a result never changes.
/// </summary>
internal static unsafe class OcspResponse
{
    /// <summary>In bytes. A real response has 0.5 to 3 kB.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The revocation reason that can be reversed (RFC 5280 §5.3.1).</summary>
    public const string Hold = "certificateHold";

    /// <param name="response">DER from the peer.</param>
    /// <param name="certificateDer">The certificate that it should be about.</param>
    /// <param name="issuerDer">Its issuer, the only certificate that is trusted here.</param>
    public static OcspReading Read(ReadOnlySpan<byte> response, ReadOnlySpan<byte> certificateDer, ReadOnlySpan<byte> issuerDer)
    {
        if (response.Length > MaxLength) return Problem("is too large");
        nint certificate = 0, issuer = 0, message = 0, basic = 0;
        try
        {
            certificate = Der.Decode(certificateDer, &d2i_X509);
            issuer = Der.Decode(issuerDer, &d2i_X509);
            message = Der.Decode(response, &d2i_OCSP_RESPONSE);
            if (certificate == 0 || issuer == 0 || message == 0) return Problem("is not an OCSP response");
            if (OCSP_response_status(message) is not 0 and var status)
                return Problem($"is the responder's error {ErrorName(status)}") with { Error = (OcspError)status };
            basic = OCSP_response_get1_basic(message);
            return basic == 0 ? Problem("is not a basic OCSP response") : Read(basic, certificate, issuer, issuerDer);
        }
        finally
        {
            OCSP_BASICRESP_free(basic);
            OCSP_RESPONSE_free(message);
            X509_free(issuer);
            X509_free(certificate);
            ERR_clear_error(); // errors here must not look like a failure of the next TLS call on this thread
        }
    }

    private static OcspReading Read(nint basic, nint certificate, nint issuer, ReadOnlySpan<byte> issuerDer)
    {
        nint signer = 0;
        var store = X509_STORE_new();
        var known = OPENSSL_sk_new_null();
        try
        {
            if (X509_STORE_add_cert(store, issuer) != 1
                || X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) != 1
                || OPENSSL_sk_push(known, issuer) <= 0)
                return Problem("could not be verified");
            if (OCSP_basic_verify(basic, known, store, 0) != 1)
                return Problem("is not signed by the issuer of the server's certificate, nor by a responder that the issuer has delegated");
            if (OCSP_resp_get0_signer(basic, &signer, known) != 1) return Problem("has no signer");
            var signerDer = Der.Encode(signer, &i2d_X509);
            if (Find(basic, certificate, issuer) is not { } statement)
                return Problem("is not about the server's certificate, or its dates are malformed");
            return signerDer.AsSpan().SequenceEqual(issuerDer) ? new OcspReading(statement, null)
                : Certificate.TryParse(signerDer) is { } responder ? new OcspReading(statement with { Delegate = Kept(responder) }, null)
                : Problem("is signed by a responder whose certificate cannot be read");
        }
        finally
        {
            OPENSSL_sk_free(known);
            X509_STORE_free(store);
        }
    }

    /// <summary>Without its bytes, but with the serial number for revocation lists.</summary>
    private static Certificate Kept(Certificate responder)
    {
        var kept = responder.WithoutContent(mostNames: 0);
        return kept with { Rules = kept.Rules with { SerialNumber = responder.Rules.SerialNumber.ToArray() } };
    }

    /// <summary>The statement about the certificate, which is identified by hashes of the responder's choice; null if there is none.</summary>
    private static OcspStatement? Find(nint basic, nint certificate, nint issuer)
    {
        foreach (var digest in (ReadOnlySpan<nint>)[EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()])
        {
            var id = OCSP_cert_to_id(digest, certificate, issuer);
            int status = 0, reason = 0;
            nint revokedAt = 0, thisUpdate = 0, nextUpdate = 0;
            var isFound = id != 0
                && OCSP_resp_find_status(basic, id, &status, &reason, &revokedAt, &thisUpdate, &nextUpdate) == 1;
            OCSP_CERTID_free(id);
            if (!isFound) continue;
            if (Time(thisUpdate) is not { } since || (nextUpdate != 0 && Time(nextUpdate) is null)) return null;
            return new OcspStatement
            {
                Status = (OcspStatus)status,
                ThisUpdate = since,
                NextUpdate = Time(nextUpdate),
                RevokedAt = Time(revokedAt),
                Reason = (OcspStatus)status == OcspStatus.Revoked ? ReasonName(reason) : null,
                SignatureHash = SignatureHash.Of(Der.Encode(OCSP_resp_get0_tbs_sigalg(basic), &i2d_X509_ALGOR)),
            };
        }

        return null;
    }

    /// <summary>A GeneralizedTime in the only form that RFC 5280 §4.1.2.5.2 allows.</summary>
    private static DateTimeOffset? Time(nint value)
    {
        if (value == 0) return null;
        var text = Encoding.ASCII.GetString(ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, "yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture, utc, out var time) ? time : null;
    }

    private static OcspReading Problem(string what) => new(null, what);

    /// <summary>RFC 6960 §4.2.1.</summary>
    private static string ErrorName(int status) => (OcspError)status switch
    {
        OcspError.MalformedRequest => "malformedRequest",
        OcspError.InternalError => "internalError",
        OcspError.TryLater => "tryLater",
        OcspError.SigRequired => "sigRequired",
        OcspError.Unauthorized => "unauthorized",
        _ => status.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>CRLReason (RFC 5280 §5.3.1).</summary>
    private static string? ReasonName(int reason) => reason switch
    {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => Hold,
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => null,
    };
}
