using System.Runtime.InteropServices;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// A library context for the handshakes of clients, with the default provider's algorithms without most of its decoders. Before OpenSSL 3.2, libssl
/// looks through all decoders for the public key of each certificate that a peer presents, which costs a tenth of a handshake or more; here it finds
/// only those for public keys in certificates. It decodes no other keys in a handshake. The algorithms themselves are the same.
/// </summary>
internal static unsafe class LeanLibrary
{
    private const uint FirstWithCache = 0x30200000; // 3.2 remembers the decoders of a key type
    private const string Name = "lean";
    private const int QueryOperation = 1027; // OSSL_FUNC_PROVIDER_QUERY_OPERATION; all numbers here are from core_dispatch.h
    private const int GetCapabilities = 1030; // OSSL_FUNC_PROVIDER_GET_CAPABILITIES
    private const int OperationDecoders = 21;

    private static readonly Lazy<nint> s_context = new(NewContext);
    private static nint s_provider; // "default", in a context of its own; neither is ever freed
    private static Algorithm* s_decoders;
    private static Dispatch* s_functions;

    /// <summary>
    /// The library context; it exists as long as the process. 0, the one that the process shares, if OpenSSL is 3.2 or newer, or if the machine's
    /// configuration loads other providers, for example for FIPS: then those do the work.
    /// </summary>
    public static nint Context => s_context.Value;

    private static nint NewContext()
    {
        if (OpenSSL_version_num() >= FirstWithCache || !HasDefaultProviderOnly()) return 0;
        var whole = OSSL_LIB_CTX_new();
        if (whole == 0 || (s_provider = OSSL_PROVIDER_load(whole, "default")) == 0) return 0;
        s_decoders = KeyProvider.Table<Algorithm>([.. Decoders()]);
        s_functions = KeyProvider.Table(
            new Dispatch { Id = QueryOperation, Function = (delegate* unmanaged<nint, int, int*, Algorithm*>)&OnQuery },
            new Dispatch { Id = GetCapabilities, Function = (delegate* unmanaged<nint, byte*, nint, nint, int>)&OnCapabilities });
        var lean = OSSL_LIB_CTX_new();
        return lean != 0 && OSSL_PROVIDER_add_builtin(lean, Name, &OnInit) == 1 && OSSL_PROVIDER_load(lean, Name) != 0 ? lean : 0;
    }

    /// <summary>Whether the algorithms of this process come from OpenSSL's own provider. The legacy one has none that TLS uses.</summary>
    private static bool HasDefaultProviderOnly()
    {
        var others = 0;
        return OSSL_PROVIDER_do_all(0, &OnProvider, &others) == 1 && others == 0 && EVP_default_properties_is_fips_enabled(0) == 0;
    }

    private static List<Algorithm> Decoders()
    {
        var kept = new List<Algorithm>();
        int mayNotCache;
        for (var row = OSSL_PROVIDER_query_operation(s_provider, OperationDecoders, &mayNotCache); row is not null && row->Names is not null; row++)
        {
            if (MemoryMarshal.CreateReadOnlySpanFromNullTerminated(row->Properties).IndexOf("structure=SubjectPublicKeyInfo"u8) >= 0) kept.Add(*row);
        }

        return kept;
    }

    [UnmanagedCallersOnly]
    private static int OnProvider(nint provider, int* others)
    {
        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(OSSL_PROVIDER_get0_name(provider));
        if (!name.SequenceEqual("default"u8) && !name.SequenceEqual("legacy"u8)) ++*others;
        return 1;
    }

    /// <summary>The functions of the default provider get the context that they expect.</summary>
    [UnmanagedCallersOnly]
    private static int OnInit(nint handle, Dispatch* offered, Dispatch** functions, void** context)
    {
        *functions = s_functions;
        *context = (void*)OSSL_PROVIDER_get0_provider_ctx(s_provider);
        return 1;
    }

    [UnmanagedCallersOnly]
    private static Algorithm* OnQuery(nint context, int operation, int* mayNotCache)
    {
        *mayNotCache = 0;
        return operation == OperationDecoders ? s_decoders : OSSL_PROVIDER_query_operation(s_provider, operation, mayNotCache);
    }

    /// <summary>The groups of TLS.</summary>
    [UnmanagedCallersOnly]
    private static int OnCapabilities(nint context, byte* capability, nint callback, nint argument) =>
        OSSL_PROVIDER_get_capabilities(s_provider, capability, callback, argument);
}
