using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>The functions that read private keys and PKCS#12 files.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library.Crypto)]
    public static partial nint BIO_new_mem_buf(byte* data, int length);

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
    public static partial void PKCS12_parse(nint pkcs12, byte* passphrase, nint* key, nint* certificate, nint* others);

    [LibraryImport(Library.Crypto)]
    public static partial void PKCS12_free(nint pkcs12);

    [LibraryImport(Library.Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OSSL_PROVIDER_try_load(nint context, string name, int retainFallbacks);

    [LibraryImport(Library.Crypto)]
    public static partial void CRYPTO_free(void* memory, byte* file, int line);

    [LibraryImport(Library.Crypto)]
    public static partial nuint ERR_get_error();
}
