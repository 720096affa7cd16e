using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Text;
using static MtlsProbe.Pkcs11.Cryptoki;

namespace MtlsProbe.Pkcs11;

/// <summary>A session with a token, and the selected key in it. One user at a time; each call can block.</summary>
internal sealed unsafe class TokenSession
{
    private const int LongestSignature = 2048; // enough for RSA with 16,384 bits
    private const int LongestLabel = 256;
    private const int MostNamed = 5;

    private readonly TokenModule _module;
    private readonly nuint _session;
    private nuint _key;
    private bool _isRsa;

    private TokenSession(TokenModule module, nuint session) => (_module, _session) = (module, session);

    /// <summary>Opens a session, logs in if there is a PIN, and finds the key.</summary>
    /// <exception cref="TokenException">One of these steps failed; nothing stays open.</exception>
    public static TokenSession Open(TokenModule module, TokenUri uri, Secret? pin, string? pinFile)
    {
        var token = module.Find(uri);
        nuint handle = 0;
        if (module.Functions->OpenSession(token.Slot, FlagSerialSession, null, null, &handle) is not Ok and var result) throw module.Failed("C_OpenSession", result);
        var session = new TokenSession(module, handle);
        try
        {
            var wantsPin = (token.Flags & TokenLoginRequired) != 0;
            if (wantsPin && pin is not null) module.Login(token, handle, pin, pinFile!);
            session.FindKey(token, uri, wantsPin && pin is null);
            return session;
        }
        catch
        {
            session.Close();
            throw;
        }
    }

    /// <summary>Ends the session, even if the token is gone.</summary>
    public void Close() => _ = _module.Functions->CloseSession(_session);

    /// <exception cref="TokenException">There is no signature, and the session is no longer usable.</exception>
    public byte[] Sign(SignatureRequest request)
    {
        if (_isRsa == (request.Scheme == SignatureScheme.Ecdsa)) throw new TokenException(Reasons.KeyMismatch, $"the key in the token is {(_isRsa ? "RSA" : "EC")}, that of the certificate is not");
        var pss = new PssParameters { Hash = HashMechanism(request.Hash), Mask = Mask(request.Hash), SaltLength = (nuint)request.SaltLength };
        var mechanism = request.Scheme switch
        {
            SignatureScheme.Pss => new Mechanism { Type = MechanismRsaPss, Parameter = &pss, Length = (nuint)sizeof(PssParameters) },
            SignatureScheme.Pkcs1 => new Mechanism { Type = MechanismRsaPkcs },
            _ => new Mechanism { Type = MechanismEcdsa },
        };
        if (_module.Functions->SignInit(_session, &mechanism, _key) is not Ok and var refused) throw Refused(request.Scheme, "C_SignInit", refused);
        var data = request.Scheme == SignatureScheme.Pkcs1 ? [.. DigestInfo(request.Hash), .. request.Digest.Span] : request.Digest.ToArray();
        var signature = new byte[LongestSignature];
        nuint length = LongestSignature;
        fixed (byte* from = data, to = signature)
        {
            if (_module.Functions->Sign(_session, from, (nuint)data.Length, to, &length) is not Ok and var result) throw Refused(request.Scheme, "C_Sign", result);
        }

        return signature[..(int)Math.Min(length, LongestSignature)];
    }

    private TokenException Refused(SignatureScheme scheme, string function, nuint result) => scheme == SignatureScheme.Pss && result is MechanismInvalid or MechanismParamInvalid or FunctionNotSupported
        ? new TokenException(Reasons.TokenUnavailable, $"{_module.Path}: the token makes no RSA-PSS signature ({Words(result)}), which TLS 1.3 requires for RSA keys: use an EC key, or set max_version: \"1.2\"")
        : _module.Failed(function, result);

    private void FindKey(TokenSlot token, TokenUri uri, bool isWithoutPin)
    {
        var keys = Keys(uri.Object, [.. uri.Id]);
        if (keys.Count > 1) throw new TokenException(Reasons.TokenUnavailable, $"the token {token} has {(keys.Count > MostNamed ? "many" : keys.Count)} keys that are {uri.KeyWords}: {Names(keys)}; add id=… or object=…");
        if (keys.Count == 0)
        {
            var others = Keys(null, []);
            var there = others.Count == 0 ? "it shows none" : $"it has {Names(others)}";
            throw new TokenException(Reasons.TokenUnavailable, $"the token {token} has no {uri.KeyWords[2..]}: {there}{(isWithoutPin ? "; it shows its private keys only after a login: set pin_file" : "")}");
        }

        _key = keys[0];
        nuint kind = 0;
        byte always = 0;
        if (Read(_key, AttributeKeyType, &kind, (nuint)sizeof(nuint)) != sizeof(nuint)) throw new TokenException(Reasons.TokenUnavailable, $"the token {token} does not say what kind of key it is") { IsLoss = true };
        if (kind is not (KeyRsa or KeyEc)) throw new TokenException(Reasons.TokenUnavailable, $"the key in the token {token} is of a kind that cannot be used from a token (CKK 0x{(ulong)kind:x}): only RSA and EC can");
        _isRsa = kind == KeyRsa;
        if (Read(_key, AttributeAlwaysAuthenticate, &always, 1) == 1 && always != 0)
            throw new TokenException(Reasons.TokenUnavailable, $"the key {NameOf(_key)} in the token {token} requires the PIN for each signature (CKA_ALWAYS_AUTHENTICATE), which is not supported, because a PIN that was changed elsewhere would lock the token: use a key that signs after one login; on a PIV card, this is the one for authentication (9a)");
    }

    /// <summary>At most one more than are listed in messages.</summary>
    private List<nuint> Keys(string? label, byte[] id)
    {
        var kind = ClassPrivateKey;
        var name = Encoding.UTF8.GetBytes(label ?? "");
        fixed (byte* nameStart = name, idStart = id)
        {
            var template = stackalloc Cryptoki.Attribute[3];
            nuint count = 0;
            template[count++] = new Cryptoki.Attribute { Type = AttributeClass, Value = &kind, Length = (nuint)sizeof(nuint) };
            if (label is not null) template[count++] = new Cryptoki.Attribute { Type = AttributeLabel, Value = nameStart, Length = (nuint)name.Length };
            if (id.Length > 0) template[count++] = new Cryptoki.Attribute { Type = AttributeId, Value = idStart, Length = (nuint)id.Length };
            if (_module.Functions->FindObjectsInit(_session, template, count) is not Ok and var result) throw _module.Failed("C_FindObjectsInit", result);
        }

        var found = stackalloc nuint[MostNamed + 1];
        nuint length = 0;
        var searched = _module.Functions->FindObjects(_session, found, MostNamed + 1, &length);
        _ = _module.Functions->FindObjectsFinal(_session);
        if (searched != Ok) throw _module.Failed("C_FindObjects", searched);
        return [.. new ReadOnlySpan<nuint>(found, (int)Math.Min(length, MostNamed + 1))];
    }

    private string Names(List<nuint> keys) => string.Join(", ", keys.Take(MostNamed).Select(NameOf)) + (keys.Count > MostNamed ? " and more" : "");

    private string NameOf(nuint key)
    {
        var text = stackalloc byte[LongestLabel];
        var label = PlainText.Quote(new ReadOnlySpan<byte>(text, Read(key, AttributeLabel, text, LongestLabel)));
        var id = Read(key, AttributeId, text, LongestLabel);
        return id == 0 ? label : $"{label} (id {Convert.ToHexStringLower(new ReadOnlySpan<byte>(text, Math.Min(id, 32)))})";
    }

    /// <summary>The length of an attribute's value; 0 if there is none, or if it does not fit.</summary>
    private int Read(nuint item, nuint type, void* value, nuint room)
    {
        var attribute = new Cryptoki.Attribute { Type = type, Value = value, Length = room };
        return _module.Functions->GetAttributeValue(_session, item, &attribute, 1) == Ok && attribute.Length <= room ? (int)attribute.Length : 0;
    }

    private static nuint HashMechanism(HashAlgorithmName hash) => hash.Name switch
    {
        "SHA1" => 0x220,
        "SHA256" => 0x250,
        "SHA384" => 0x260,
        _ => 0x270,
    };

    private static nuint Mask(HashAlgorithmName hash) => hash.Name switch
    {
        "SHA1" => 1,
        "SHA256" => 2,
        "SHA384" => 3,
        _ => 4,
    };

    /// <summary>The prefix of the digest (RFC 8017 §9.2, note 1).</summary>
    private static ReadOnlySpan<byte> DigestInfo(HashAlgorithmName hash) => hash.Name switch
    {
        "SHA1" => [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14],
        "SHA256" => [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
        "SHA384" => [0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30],
        _ => [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40],
    };
}
