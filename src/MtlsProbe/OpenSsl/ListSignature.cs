using MtlsProbe.Certificates;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// Verifies the signature of a revocation list with the public key of a certificate; nothing else is checked. libcrypto gets the signed bytes, not
/// the list, because it would create an object for each entry.
/// </summary>
internal static unsafe class ListSignature
{
    private const string Pss = "1.2.840.113549.1.1.10";

    /// <summary>False also if the certificate is unreadable, or if libcrypto does not support the algorithm.</summary>
    public static bool IsSignedBy(RevocationList list, ReadOnlySpan<byte> issuerDer)
    {
        nint issuer = 0, context = 0, keyContext = 0;
        try
        {
            fixed (byte* der = issuerDer)
            {
                var cursor = der;
                issuer = d2i_X509(null, &cursor, issuerDer.Length);
            }

            var key = issuer == 0 ? 0 : X509_get0_pubkey(issuer);
            if (key == 0) return false;
            context = EVP_MD_CTX_new();
            if (context == 0 || EVP_DigestVerifyInit(context, &keyContext, DigestOf(list.SignatureAlgorithm), 0, key) != 1) return false;
            if (IsPss(list.SignatureAlgorithm)
                && (EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) != 1 || EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_AUTO) != 1)) return false;
            fixed (byte* signature = list.Signature.Span, data = list.Signed.Span)
                return EVP_DigestVerify(context, signature, (nuint)list.Signature.Length, data, (nuint)list.Signed.Length) == 1;
        }
        finally
        {
            EVP_MD_CTX_free(context);
            X509_free(issuer);
            ERR_clear_error(); // a failed check leaves errors on this thread, which the next TLS call would report as its own
        }
    }

    /// <summary>Null for algorithms without a separate hash (Ed25519).</summary>
    private static nint DigestOf(ReadOnlyMemory<byte> algorithm)
    {
        fixed (byte* name = SignatureHash.Of(algorithm) switch
        {
            SignatureHash.Sha224 => "SHA224\0"u8,
            SignatureHash.Sha256 => "SHA256\0"u8,
            SignatureHash.Sha384 => "SHA384\0"u8,
            SignatureHash.Sha512 => "SHA512\0"u8,
            SignatureHash.Sha1 => "SHA1\0"u8,
            _ => default,
        })
            return name == null ? 0 : EVP_get_digestbyname(name);
    }

    /// <summary>The algorithm has been read by <see cref="RevocationList.Read"/>.</summary>
    private static bool IsPss(ReadOnlyMemory<byte> algorithm) =>
        new System.Formats.Asn1.AsnReader(algorithm, CertificateFields.Encoding).ReadSequence().ReadObjectIdentifier() == Pss;
}
