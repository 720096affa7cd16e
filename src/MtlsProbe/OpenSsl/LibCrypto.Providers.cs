using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>The functions that add a provider and pass it a key, and the structures that providers and libcrypto exchange.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library.Crypto)]
    public static partial nint OSSL_LIB_CTX_new();

    [LibraryImport(Library.Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OSSL_PROVIDER_add_builtin(nint context, string name, delegate* unmanaged<nint, Dispatch*, Dispatch**, void**, int> init);

    [LibraryImport(Library.Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OSSL_PROVIDER_load(nint context, string name);

    [LibraryImport(Library.Crypto)]
    public static partial int OSSL_PROVIDER_do_all(nint context, delegate* unmanaged<nint, int*, int> callback, int* argument);

    [LibraryImport(Library.Crypto)]
    public static partial byte* OSSL_PROVIDER_get0_name(nint provider);

    [LibraryImport(Library.Crypto)]
    public static partial nint OSSL_PROVIDER_get0_provider_ctx(nint provider);

    [LibraryImport(Library.Crypto)]
    public static partial Algorithm* OSSL_PROVIDER_query_operation(nint provider, int operation, int* mayNotCache);

    [LibraryImport(Library.Crypto)]
    public static partial int OSSL_PROVIDER_get_capabilities(nint provider, byte* capability, nint callback, nint argument);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_default_properties_is_fips_enabled(nint context);

    [LibraryImport(Library.Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint EVP_PKEY_CTX_new_from_name(nint context, string name, string? properties);

    [LibraryImport(Library.Crypto)]
    public static partial void EVP_PKEY_CTX_free(nint keyContext);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_fromdata_init(nint keyContext);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_fromdata(nint keyContext, nint* key, int selection, Parameter* parameters);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_export(nint key, int selection, nint callback, nint argument);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_get_params(nint key, Parameter* parameters);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_get_size(nint key);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_eq(nint one, nint other);

    [LibraryImport(Library.Crypto)]
    public static partial int EVP_PKEY_up_ref(nint key);

    [LibraryImport(Library.Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EVP_PKEY_is_a(nint key, string name);

    /// <summary>OSSL_DISPATCH.</summary>
    public struct Dispatch
    {
        public int Id;
        public void* Function;
    }

    /// <summary>OSSL_ALGORITHM.</summary>
    public struct Algorithm
    {
        public byte* Names;
        public byte* Properties;
        public Dispatch* Functions;
        public byte* Description;
    }

    /// <summary>OSSL_PARAM.</summary>
    public struct Parameter
    {
        public const uint Integer = 1;
        public const uint UnsignedInteger = 2;
        public const uint Text = 4;
        public const uint Octets = 5;

        public byte* Key;
        public uint Type;
        public void* Data;
        public nuint Size;
        public nuint ReturnSize;
    }
}
