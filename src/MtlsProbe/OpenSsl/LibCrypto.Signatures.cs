using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>The functions of libcrypto that verify signatures of certificates and OCSP responses.</summary>
internal static unsafe partial class LibCrypto
{
    public const nuint X509_V_FLAG_CRL_CHECK = 0x4;
    public const nuint X509_V_FLAG_PARTIAL_CHAIN = 0x80000;
    public const nuint X509_V_FLAG_NO_CHECK_TIME = 0x200000;

    [LibraryImport(Library.Crypto)]
    public static partial nint X509_get0_pubkey(nint certificate);

    [LibraryImport(Library.Crypto)]
    public static partial int X509_verify(nint certificate, nint publicKey);

    [LibraryImport(Library.Crypto)]
    public static partial nint X509_STORE_new();

    [LibraryImport(Library.Crypto)]
    public static partial void X509_STORE_free(nint store);

    [LibraryImport(Library.Crypto)]
    public static partial int X509_STORE_set_flags(nint store, nuint flags);

    /// <summary>The store takes its own reference.</summary>
    [LibraryImport(Library.Crypto)]
    public static partial int X509_STORE_add_crl(nint store, nint list);

    [LibraryImport(Library.Crypto)]
    public static partial nint d2i_X509_CRL(nint* target, byte** der, nint length);

    [LibraryImport(Library.Crypto)]
    public static partial void X509_CRL_free(nint list);

    [LibraryImport(Library.Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CRYPTO_malloc(nuint length, string file, int line);

    [LibraryImport(Library.Crypto)]
    public static partial nint OPENSSL_sk_new_null();

    [LibraryImport(Library.Crypto)]
    public static partial int OPENSSL_sk_push(nint stack, nint item);

    [LibraryImport(Library.Crypto)]
    public static partial void OPENSSL_sk_free(nint stack);

    [LibraryImport(Library.Crypto)]
    public static partial nint EVP_sha1();

    [LibraryImport(Library.Crypto)]
    public static partial nint EVP_sha256();

    [LibraryImport(Library.Crypto)]
    public static partial nint EVP_sha384();

    [LibraryImport(Library.Crypto)]
    public static partial nint EVP_sha512();

    [LibraryImport(Library.Crypto)]
    public static partial byte* ASN1_STRING_get0_data(nint value);

    [LibraryImport(Library.Crypto)]
    public static partial int ASN1_STRING_length(nint value);

    [LibraryImport(Library.Crypto)]
    public static partial nint d2i_OCSP_RESPONSE(nint* target, byte** der, nint length);

    [LibraryImport(Library.Crypto)]
    public static partial void OCSP_RESPONSE_free(nint response);

    [LibraryImport(Library.Crypto)]
    public static partial int OCSP_response_status(nint response);

    [LibraryImport(Library.Crypto)]
    public static partial nint OCSP_response_get1_basic(nint response);

    [LibraryImport(Library.Crypto)]
    public static partial void OCSP_BASICRESP_free(nint basic);

    [LibraryImport(Library.Crypto)]
    public static partial int OCSP_basic_verify(nint basic, nint certificates, nint store, nuint flags);

    [LibraryImport(Library.Crypto)]
    public static partial int OCSP_resp_get0_signer(nint basic, nint* signer, nint extraCertificates);

    /// <summary>The response keeps it.</summary>
    [LibraryImport(Library.Crypto)]
    public static partial nint OCSP_resp_get0_tbs_sigalg(nint basic);

    [LibraryImport(Library.Crypto)]
    public static partial int i2d_X509_ALGOR(nint algorithm, byte** der);

    [LibraryImport(Library.Crypto)]
    public static partial nint OCSP_cert_to_id(nint digest, nint subject, nint issuer);

    [LibraryImport(Library.Crypto)]
    public static partial void OCSP_CERTID_free(nint id);

    [LibraryImport(Library.Crypto)]
    public static partial nint OCSP_REQUEST_new();

    [LibraryImport(Library.Crypto)]
    public static partial void OCSP_REQUEST_free(nint request);

    /// <summary>The request then owns the id; if this fails, it returns null and does not own it.</summary>
    [LibraryImport(Library.Crypto)]
    public static partial nint OCSP_request_add0_id(nint request, nint id);

    [LibraryImport(Library.Crypto)]
    public static partial int i2d_OCSP_REQUEST(nint request, byte** der);

    [LibraryImport(Library.Crypto)]
    public static partial int OCSP_resp_find_status(
        nint basic, nint id, int* status, int* reason, nint* revokedAt, nint* thisUpdate, nint* nextUpdate);

    /// <summary>RSASSA-PSS (rsa.h).</summary>
    public const int RSA_PKCS1_PSS_PADDING = 6;

    /// <summary>The salt length is that of the signature (rsa.h).</summary>
    public const int RSA_PSS_SALTLEN_AUTO = -2;

    [LibraryImport(Library.Crypto)]
    public static partial nint EVP_get_digestbyname(byte* name);

    [LibraryImport(Library.Crypto)]
    public static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library.Crypto)]
    public static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_DigestVerifyInit(nint context, nint* keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_DigestVerify(nint context, byte* signature, nuint signatureLength, byte* data, nuint length);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_CTX_set_rsa_padding(nint keyContext, int padding);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_CTX_set_rsa_pss_saltlen(nint keyContext, int length);
}
