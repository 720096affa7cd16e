using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>The functions that read private keys and PKCS#12 files.</summary>
internal static unsafe partial class LibCrypto
{
    // Kinds of bags in a PKCS#12 file (obj_mac.h).
    public const int NidKeyBag = 150;
    public const int NidShroudedKeyBag = 151;
    public const int NidCertificateBag = 152;
    public const int NidSafeContentsBag = 155;
    public const int NidX509Certificate = 158;

    [LibraryImport(Library.Crypto)]
    public static partial nint BIO_new_mem_buf(byte* data, int length);

    [LibraryImport(Library.Crypto)]
    public static partial int PEM_read_bio(nint bio, byte** name, byte** header, byte** content, nint* length);

    [LibraryImport(Library.Crypto)]
    public static partial void CRYPTO_free(nint memory, byte* file, int line);

    [LibraryImport(Library.Crypto)]
    public static partial void CRYPTO_clear_free(nint memory, nint length, byte* file, int line);

    [LibraryImport(Library.Crypto)]
    public static partial nint PEM_read_bio_PrivateKey(
        nint bio, nint* reuse, delegate* unmanaged[Cdecl]<byte*, int, int, void*, int> passphrase, void* argument);

    [LibraryImport(Library.Crypto)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library.Crypto)]
    public static partial int X509_check_private_key(nint certificate, PrivateKey key);

    [LibraryImport(Library.Crypto)]
    public static partial nint d2i_PKCS12(nint* reuse, byte** der, nint length);

    [LibraryImport(Library.Crypto)]
    public static partial int PKCS12_mac_present(nint pkcs12);

    [LibraryImport(Library.Crypto)]
    public static partial int PKCS12_verify_mac(nint pkcs12, byte* passphrase, int length);

    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_unpack_authsafes(nint pkcs12);

    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_unpack_p7data(nint safe);

    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_unpack_p7encdata(nint safe, byte* passphrase, int length);

    [LibraryImport(Library.Crypto)]
    public static partial void PKCS7_free(nint safe);

    [LibraryImport(Library.Crypto)]
    public static partial int PKCS12_SAFEBAG_get_nid(nint bag);

    [LibraryImport(Library.Crypto)]
    public static partial int PKCS12_SAFEBAG_get_bag_nid(nint bag);

    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_SAFEBAG_get0_p8inf(nint bag);

    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_SAFEBAG_get0_safes(nint bag);

    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_SAFEBAG_get1_cert(nint bag);

    [LibraryImport(Library.Crypto)]
    public static partial void PKCS12_SAFEBAG_free(nint bag);

    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_decrypt_skey(nint bag, byte* passphrase, int length);

    [LibraryImport(Library.Crypto)]
    public static partial nint EVP_PKCS82PKEY(nint info);

    [LibraryImport(Library.Crypto)]
    public static partial void PKCS8_PRIV_KEY_INFO_free(nint info);

    [LibraryImport(Library.Crypto)]
    public static partial void PKCS12_free(nint pkcs12);

    [LibraryImport(Library.Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OSSL_PROVIDER_try_load(nint context, string name, int retainFallbacks);

    [LibraryImport(Library.Crypto)]
    public static partial nuint ERR_get_error();

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_get_bits(nint key);

    /// <summary>Lends the X509_SIG of a shrouded key bag; 0 for any other.</summary>
    [LibraryImport(Library.Crypto)]
    public static partial nint PKCS12_SAFEBAG_get0_pkcs8(nint bag);
}
