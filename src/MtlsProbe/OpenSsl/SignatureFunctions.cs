using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The functions that libcrypto calls when a key of <see cref="KeyProvider"/> has to sign: one message in one call, which is enough for TLS. They
/// never throw into C.
/// </summary>
internal static unsafe class SignatureFunctions
{
    private static readonly Parameter* s_settable = KeyProvider.Table(
        new Parameter { Key = KeyProvider.Literal("digest"u8), Type = Parameter.Text },
        new Parameter { Key = KeyProvider.Literal("pad-mode"u8), Type = Parameter.Text },
        new Parameter { Key = KeyProvider.Literal("saltlen"u8), Type = Parameter.Text },
        new Parameter { Key = KeyProvider.Literal("mgf1-digest"u8), Type = Parameter.Text });

    public static Dispatch* All() => KeyProvider.Table(
        new Dispatch { Id = 1, Function = (delegate* unmanaged<nint, nint, nint>)&New },
        new Dispatch { Id = 16, Function = (delegate* unmanaged<nint, void>)&Free },
        new Dispatch { Id = 8, Function = (delegate* unmanaged<nint, byte*, nint, Parameter*, int>)&Begin },
        new Dispatch { Id = 11, Function = (delegate* unmanaged<nint, byte*, nuint*, nuint, byte*, nuint, int>)&Sign },
        new Dispatch { Id = 20, Function = (delegate* unmanaged<nint, Parameter*, int>)&SetParameters },
        new Dispatch { Id = 21, Function = (delegate* unmanaged<nint, nint, Parameter*>)&Settable });

    [UnmanagedCallersOnly]
    private static nint New(nint context, nint properties) => GCHandle.ToIntPtr(GCHandle.Alloc(new Work()));

    [UnmanagedCallersOnly]
    private static void Free(nint work)
    {
        if (work != 0) GCHandle.FromIntPtr(work).Free();
    }

    [UnmanagedCallersOnly]
    private static int Begin(nint work, byte* hash, nint key, Parameter* parameters)
    {
        var its = WorkOf(work);
        if (key != 0) its.Key = KeyFunctions.KeyOf(key);
        if (hash != null) its.HashName = Marshal.PtrToStringUTF8((nint)hash) ?? "";
        return its.Set(parameters) && (hash == null || its.Hash is not null) ? 1 : 0;
    }

    [UnmanagedCallersOnly]
    private static int SetParameters(nint work, Parameter* parameters) => WorkOf(work).Set(parameters) ? 1 : 0;

    [UnmanagedCallersOnly]
    private static Parameter* Settable(nint work, nint context) => s_settable;

    /// <summary>Without a buffer: returns the maximum length of the signature.</summary>
    [UnmanagedCallersOnly]
    private static int Sign(nint work, byte* signature, nuint* length, nuint size, byte* message, nuint messageLength)
    {
        var its = WorkOf(work);
        if (its.Key is not { Signing: { } signing } key) return 0;
        if (signature == null)
        {
            *length = (nuint)EVP_PKEY_get_size(key.Public);
            return 1;
        }

        if (SigningTurn.Current is not { } turn) return 0; // a bug: this thread must not block
        try
        {
            var made = its.Encoded(signing.Sign(its.Request(new ReadOnlySpan<byte>(message, checked((int)messageLength))), turn.Stop));
            if ((nuint)made.Length > size) throw new CryptographicException("the signature is too long for this key");
            made.CopyTo(new Span<byte>(signature, made.Length));
            *length = (nuint)made.Length;
            return 1;
        }
        catch (Exception e)
        {
            turn.Fault = e;
            return 0;
        }
    }

    private static Work WorkOf(nint handle) => (Work)GCHandle.FromIntPtr(handle).Target!;

    /// <summary>One signature operation.</summary>
    private sealed class Work
    {
        private bool _isPss;
        private string _salt = "digest";

        public DistantKey? Key { get; set; }

        public string HashName { private get; set; } = "";

        /// <summary>Null: an unknown hash.</summary>
        public HashAlgorithmName? Hash => HashName.ToUpperInvariant() switch
        {
            "SHA1" or "SHA-1" => HashAlgorithmName.SHA1,
            "SHA256" or "SHA2-256" or "SHA-256" => HashAlgorithmName.SHA256,
            "SHA384" or "SHA2-384" or "SHA-384" => HashAlgorithmName.SHA384,
            "SHA512" or "SHA2-512" or "SHA-512" => HashAlgorithmName.SHA512,
            _ => null,
        };

        public SignatureRequest Request(ReadOnlySpan<byte> message)
        {
            var hash = Hash ?? throw new CryptographicException($"the hash {HashName} is not supported for keys that are stored elsewhere");
            var digest = CryptographicOperations.HashData(hash, message);
            var scheme = Key is { IsRsa: true } ? _isPss ? SignatureScheme.Pss : SignatureScheme.Pkcs1 : SignatureScheme.Ecdsa;
            return new SignatureRequest(scheme, hash, digest) { SaltLength = int.TryParse(_salt, CultureInfo.InvariantCulture, out var salt) && salt >= 0 ? salt : digest.Length };
        }

        /// <summary>In the encoding of TLS: for ECDSA, a sequence of two numbers (RFC 8422 §5.4).</summary>
        public byte[] Encoded(byte[] signature)
        {
            if (Key is { IsRsa: true }) return signature;
            var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteIntegerUnsigned(Number(signature.AsSpan(0, signature.Length / 2)));
                writer.WriteIntegerUnsigned(Number(signature.AsSpan(signature.Length / 2)));
            }

            return writer.Encode();
        }

        /// <summary>False if a parameter has an unknown value.</summary>
        public bool Set(Parameter* parameters)
        {
            for (; parameters != null && parameters->Key != null; parameters++)
            {
                var value = TextOf(*parameters);
                switch (Marshal.PtrToStringUTF8((nint)parameters->Key))
                {
                    case "pad-mode":
                        if (value is not ("pss" or "6" or "pkcs1" or "1")) return false;
                        _isPss = value is "pss" or "6";
                        break;
                    case "saltlen":
                        _salt = value;
                        break;
                    case "digest":
                        HashName = value;
                        if (Hash is null) return false;
                        break;
                }
            }

            return true;
        }

        /// <summary>Without leading zeros, which DER does not allow.</summary>
        private static ReadOnlySpan<byte> Number(ReadOnlySpan<byte> bytes)
        {
            var value = bytes.TrimStart((byte)0);
            return value.IsEmpty ? [0] : value;
        }

        private static string TextOf(Parameter parameter) => parameter.Type switch
        {
            Parameter.Text => Encoding.UTF8.GetString((byte*)parameter.Data, (int)Math.Min(parameter.Size, 64)),
            Parameter.Integer when parameter.Size == sizeof(int) => (*(int*)parameter.Data).ToString(CultureInfo.InvariantCulture),
            _ => "",
        };
    }
}
