using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>The functions of libcrypto that the TLS engine uses, with their C names.</summary>
internal static unsafe partial class LibCrypto
{
    public const int BioPending = 10; // BIO_CTRL_PENDING

    [LibraryImport(Library.Crypto)]
    public static partial uint OpenSSL_version_num();

    [LibraryImport(Library.Crypto)]
    public static partial byte* OpenSSL_version(int what);

    [LibraryImport(Library.Crypto)]
    public static partial nint BIO_s_mem();

    [LibraryImport(Library.Crypto)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(Library.Crypto)]
    public static partial int BIO_free(nint bio);

    [LibraryImport(Library.Crypto)]
    public static partial int BIO_read(nint bio, byte* buffer, int length);

    [LibraryImport(Library.Crypto)]
    public static partial int BIO_write(nint bio, byte* buffer, int length);

    [LibraryImport(Library.Crypto)]
    public static partial nint BIO_ctrl(nint bio, int command, nint larg, nint parg);

    [LibraryImport(Library.Crypto)]
    public static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport(Library.Crypto)]
    public static partial nint OPENSSL_sk_value(nint stack, int index);

    [LibraryImport(Library.Crypto)]
    public static partial nint d2i_X509(nint* target, byte** der, nint length);

    [LibraryImport(Library.Crypto)]
    public static partial int i2d_X509(nint certificate, byte** der);

    [LibraryImport(Library.Crypto)]
    public static partial int i2d_X509_SIG(nint info, byte** der);

    [LibraryImport(Library.Crypto)]
    public static partial int i2d_X509_NAME(nint name, byte** der);

    [LibraryImport(Library.Crypto)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Library.Crypto)]
    public static partial int X509_STORE_add_cert(nint store, nint certificate);

    [LibraryImport(Library.Crypto)]
    public static partial void X509_STORE_CTX_set_error(nint context, int error);

    [LibraryImport(Library.Crypto)]
    public static partial void ERR_clear_error();

    [LibraryImport(Library.Crypto)]
    public static partial ulong ERR_peek_error();

    [LibraryImport(Library.Crypto)]
    public static partial byte* ERR_reason_error_string(ulong error);
}
