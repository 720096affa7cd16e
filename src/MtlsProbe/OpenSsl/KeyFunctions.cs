using System.Runtime.InteropServices;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The functions that libcrypto calls for keys of <see cref="KeyProvider"/>. Each is a <see cref="DistantKey"/> behind a GCHandle, which libcrypto
/// frees with its last reference. They never throw into C.
/// </summary>
internal static unsafe class KeyFunctions
{
    public const int SelectPrivate = 0x01; // OSSL_KEYMGMT_SELECT_PRIVATE_KEY
    public const int SelectPublic = 0x02 | 0x84; // the public key and all parameters

    /// <summary>The parameter of <see cref="NewKey"/> with the GCHandle of the new key.</summary>
    private const string HandleName = "distant-key";

    private static readonly Parameter* s_importable = KeyProvider.Table(
        new Parameter { Key = KeyProvider.Literal("n"u8), Type = Parameter.UnsignedInteger },
        new Parameter { Key = KeyProvider.Literal("e"u8), Type = Parameter.UnsignedInteger },
        new Parameter { Key = KeyProvider.Literal("group"u8), Type = Parameter.Text },
        new Parameter { Key = KeyProvider.Literal("pub"u8), Type = Parameter.Octets });

    private static readonly Parameter* s_gettable = KeyProvider.Table(
        new Parameter { Key = KeyProvider.Literal("bits"u8), Type = Parameter.Integer },
        new Parameter { Key = KeyProvider.Literal("security-bits"u8), Type = Parameter.Integer },
        new Parameter { Key = KeyProvider.Literal("max-size"u8), Type = Parameter.Integer },
        new Parameter { Key = KeyProvider.Literal("group"u8), Type = Parameter.Text },
        new Parameter { Key = KeyProvider.Literal("encoded-pub-key"u8), Type = Parameter.Octets });

    public static Dispatch* OfRsa() => Functions(&NewRsa, &RsaSignatures);

    public static Dispatch* OfEc() => Functions(&NewEc, &EcSignatures);

    /// <summary>An EVP_PKEY whose private part is stored elsewhere; the caller owns it.</summary>
    /// <param name="publicKey">Borrowed; a reference is taken.</param>
    /// <exception cref="TlsContextException">OpenSSL does not accept it.</exception>
    public static nint NewKey(nint publicKey, Signing signing)
    {
        var isRsa = EVP_PKEY_is_a(publicKey, "RSA") == 1;
        if (!isRsa && EVP_PKEY_is_a(publicKey, "EC") != 1) throw new TlsContextException("a key of this kind cannot be stored elsewhere: only RSA and EC are supported");
        var template = GCHandle.Alloc(new DistantKey(isRsa) { Public = publicKey, Signing = signing });
        OpenSslErrors.Clear();
        var keyContext = EVP_PKEY_CTX_new_from_name(KeyProvider.Context, isRsa ? "RSA" : "EC", KeyProvider.Properties);
        try
        {
            var name = Marshal.StringToCoTaskMemUTF8(HandleName);
            var value = GCHandle.ToIntPtr(template);
            var parameters = stackalloc Parameter[2];
            parameters[0] = new Parameter { Key = (byte*)name, Type = Parameter.UnsignedInteger, Data = &value, Size = (nuint)sizeof(nint) };
            parameters[1] = default;
            nint key = 0;
            var isMade = keyContext != 0 && EVP_PKEY_fromdata_init(keyContext) == 1 && EVP_PKEY_fromdata(keyContext, &key, SelectPrivate | SelectPublic, parameters) == 1;
            Marshal.FreeCoTaskMem(name);
            return isMade ? key : throw new TlsContextException("OpenSSL does not accept the key: " + OpenSslErrors.Take());
        }
        finally
        {
            EVP_PKEY_CTX_free(keyContext);
            template.Free();
        }
    }

    public static DistantKey KeyOf(nint handle) => (DistantKey)GCHandle.FromIntPtr(handle).Target!;

    private static Dispatch* Functions(delegate* unmanaged<nint, nint> create, delegate* unmanaged<int, byte*> signatures) => KeyProvider.Table(
        new Dispatch { Id = 1, Function = create },
        new Dispatch { Id = 10, Function = (delegate* unmanaged<nint, void>)&Free },
        new Dispatch { Id = 11, Function = (delegate* unmanaged<nint, Parameter*, int>)&GetParameters },
        new Dispatch { Id = 12, Function = (delegate* unmanaged<nint, Parameter*>)&Gettable },
        new Dispatch { Id = 20, Function = signatures },
        new Dispatch { Id = 21, Function = (delegate* unmanaged<nint, int, int>)&Has },
        new Dispatch { Id = 23, Function = (delegate* unmanaged<nint, nint, int, int>)&Match },
        new Dispatch { Id = 40, Function = (delegate* unmanaged<nint, int, Parameter*, int>)&Import },
        new Dispatch { Id = 41, Function = (delegate* unmanaged<int, Parameter*>)&Importable },
        new Dispatch { Id = 42, Function = (delegate* unmanaged<nint, int, nint, nint, int>)&Export },
        new Dispatch { Id = 43, Function = (delegate* unmanaged<int, Parameter*>)&Importable });

    [UnmanagedCallersOnly]
    private static nint NewRsa(nint context) => GCHandle.ToIntPtr(GCHandle.Alloc(new DistantKey(isRsa: true)));

    [UnmanagedCallersOnly]
    private static nint NewEc(nint context) => GCHandle.ToIntPtr(GCHandle.Alloc(new DistantKey(isRsa: false)));

    [UnmanagedCallersOnly]
    private static void Free(nint key)
    {
        if (key == 0) return;
        EVP_PKEY_free(KeyOf(key).Public);
        GCHandle.FromIntPtr(key).Free();
    }

    [UnmanagedCallersOnly]
    private static int GetParameters(nint key, Parameter* parameters) => EVP_PKEY_get_params(KeyOf(key).Public, parameters);

    [UnmanagedCallersOnly]
    private static Parameter* Gettable(nint context) => s_gettable;

    [UnmanagedCallersOnly]
    private static byte* RsaSignatures(int operation) => KeyProvider.Literal("RSA"u8);

    [UnmanagedCallersOnly]
    private static byte* EcSignatures(int operation) => KeyProvider.Literal("ECDSA"u8);

    [UnmanagedCallersOnly]
    private static int Has(nint key, int selection) =>
        KeyOf(key) is { Public: not 0 } its && ((selection & SelectPrivate) == 0 || its.Signing is not null) ? 1 : 0;

    [UnmanagedCallersOnly]
    private static int Match(nint one, nint other, int selection) => EVP_PKEY_eq(KeyOf(one).Public, KeyOf(other).Public) == 1 ? 1 : 0;

    /// <summary>Imports what <see cref="NewKey"/> has prepared, or the public key of a certificate that our key is compared with.</summary>
    [UnmanagedCallersOnly]
    private static int Import(nint key, int selection, Parameter* parameters)
    {
        var its = KeyOf(key);
        if (parameters != null && parameters->Key != null && Marshal.PtrToStringUTF8((nint)parameters->Key) == HandleName)
        {
            var template = KeyOf(*(nint*)parameters->Data);
            if (EVP_PKEY_up_ref(template.Public) != 1) return 0;
            (its.Public, its.Signing) = (template.Public, template.Signing);
            return 1;
        }

        var keyContext = EVP_PKEY_CTX_new_from_name(0, its.IsRsa ? "RSA" : "EC", null);
        nint made = 0;
        var isMade = keyContext != 0 && EVP_PKEY_fromdata_init(keyContext) == 1 && EVP_PKEY_fromdata(keyContext, &made, SelectPublic, parameters) == 1;
        EVP_PKEY_CTX_free(keyContext);
        if (isMade) its.Public = made;
        return isMade ? 1 : 0;
    }

    [UnmanagedCallersOnly]
    private static Parameter* Importable(int selection) => s_importable;

    /// <summary>Never exports a private key: otherwise another provider would get only the public part and be asked to sign with it.</summary>
    [UnmanagedCallersOnly]
    private static int Export(nint key, int selection, nint callback, nint argument) =>
        (selection & SelectPrivate) != 0 ? 0 : EVP_PKEY_export(KeyOf(key).Public, selection, callback, argument);
}

/// <summary>A key whose public part we have; libcrypto treats it as complete.</summary>
internal sealed class DistantKey(bool isRsa)
{
    public bool IsRsa => isRsa;

    /// <summary>An EVP_PKEY of the default provider, owned by this key; 0 before the import.</summary>
    public nint Public { get; set; }

    /// <summary>Null: there is no private part.</summary>
    public Signing? Signing { get; set; }
}
