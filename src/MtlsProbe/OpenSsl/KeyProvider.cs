using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// An OpenSSL provider for private keys that are stored elsewhere. libssl uses such a key like any other, and calls <see cref="Signing"/> to sign.
/// The provider is in a separate library context, together with OpenSSL's default provider. Nothing else in the process can find its algorithms
/// there; a module that stores keys may use OpenSSL itself.
/// </summary>
internal static unsafe class KeyProvider
{
    /// <summary>The property that selects its algorithms.</summary>
    public const string Properties = "provider=elsewhere";

    private const string Name = "elsewhere"; // after "default" in the alphabet, because libcrypto sorts providers by name
    private const int QueryOperation = 1027; // OSSL_FUNC_PROVIDER_QUERY_OPERATION; all numbers here are from core_dispatch.h
    private const int OperationKeys = 10;
    private const int OperationSignatures = 12;

    private static readonly Lazy<nint> s_context = new(NewContext);
    private static Algorithm* s_keys;
    private static Algorithm* s_signatures;
    private static Dispatch* s_functions;

    /// <summary>The library context with this provider; it exists as long as the process.</summary>
    /// <exception cref="TlsContextException">OpenSSL does not accept the provider.</exception>
    public static nint Context => s_context.Value;

    /// <summary>Text for C: literals end in a zero byte and never move.</summary>
    public static byte* Literal(ReadOnlySpan<byte> text) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));

    /// <summary>A table in memory that is never freed, terminated by zeros.</summary>
    public static T* Table<T>(params ReadOnlySpan<T> rows)
        where T : unmanaged
    {
        var table = (T*)NativeMemory.AllocZeroed((nuint)(rows.Length + 1), (nuint)sizeof(T));
        rows.CopyTo(new Span<T>(table, rows.Length));
        return table;
    }

    private static nint NewContext()
    {
        s_keys = Table(
            new Algorithm { Names = Literal("RSA:rsaEncryption:1.2.840.113549.1.1.1"u8), Properties = Literal("provider=elsewhere"u8), Functions = KeyFunctions.OfRsa() },
            new Algorithm { Names = Literal("EC:id-ecPublicKey:1.2.840.10045.2.1"u8), Properties = Literal("provider=elsewhere"u8), Functions = KeyFunctions.OfEc() });
        s_signatures = Table(
            new Algorithm { Names = Literal("RSA:rsaEncryption:1.2.840.113549.1.1.1"u8), Properties = Literal("provider=elsewhere"u8), Functions = SignatureFunctions.All() },
            new Algorithm { Names = Literal("ECDSA"u8), Properties = Literal("provider=elsewhere"u8), Functions = SignatureFunctions.All() });
        s_functions = Table(new Dispatch { Id = QueryOperation, Function = (delegate* unmanaged<nint, int, int*, Algorithm*>)&OnQuery });
        OpenSslErrors.Clear();
        var context = OSSL_LIB_CTX_new();
        if (context == 0 || OSSL_PROVIDER_load(context, "default") == 0 || OSSL_PROVIDER_add_builtin(context, Name, &OnInit) != 1 || OSSL_PROVIDER_load(context, Name) == 0)
            throw new TlsContextException("OpenSSL does not accept the provider for keys that are stored elsewhere: " + OpenSslErrors.Take());
        return context;
    }

    [UnmanagedCallersOnly]
    private static int OnInit(nint handle, Dispatch* offered, Dispatch** functions, void** context)
    {
        *functions = s_functions;
        *context = (void*)handle; // anything but null
        return 1;
    }

    [UnmanagedCallersOnly]
    private static Algorithm* OnQuery(nint context, int operation, int* mayNotCache)
    {
        *mayNotCache = 0;
        return operation switch
        {
            OperationKeys => s_keys,
            OperationSignatures => s_signatures,
            _ => null,
        };
    }
}
