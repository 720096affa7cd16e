using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The signature algorithms that a CertificateRequest allows (RFC 8446 §4.2.3, RFC 5246 §7.4.1.4.1), as kinds of keys and hashes. Unknown code points
/// allow nothing.
/// </summary>
/// <param name="codes">Empty: not known.</param>
/// <param name="isTls13">In TLS 1.3 a scheme names its curve, and PKCS #1 v1.5 is for certificates only.</param>
internal sealed class SignatureSchemes(IReadOnlyList<ushort> codes, bool isTls13)
{
    /// <summary>Kinds of key, each once: <c>RSA</c>, <c>EC P-256</c>, <c>Ed25519</c>; before TLS 1.3 <c>EC</c> for any curve.</summary>
    public ValueList<string> Keys { get; } = codes.Select(code => Key(code, isTls13)).OfType<string>().Distinct().ToValueList();

    private HashSet<string> Hashes { get; } = [.. codes.Select(Hash).OfType<string>()];

    /// <summary>Null if that is not known.</summary>
    public bool? Allows(PublicKeyFacts key) => Keys.Count == 0 || Kind(key) is not { } kind ? null : Keys.Contains(kind);

    /// <summary>Whether a certificate may be signed with this hash; null if that is not known.</summary>
    /// <param name="hash">As <see cref="SignatureHash"/> names it.</param>
    public bool? Allows(string? hash) => hash is null || Hashes.Count == 0 ? null : Hashes.Contains(hash);

    private string? Kind(PublicKeyFacts key) => key switch
    {
        { RsaBits: not null } => key.Text.StartsWith("RSA-PSS", StringComparison.Ordinal) ? "RSA-PSS" : "RSA",
        { EcBits: not null } => isTls13 ? key.Text : "EC",
        { Text: "Ed25519" or "Ed448" or "ML-DSA-44" or "ML-DSA-65" or "ML-DSA-87" } => key.Text,
        _ => null,
    };

    private static string? Key(ushort code, bool isTls13) => code switch
    {
        0x0804 or 0x0805 or 0x0806 => "RSA",
        0x0809 or 0x080a or 0x080b => "RSA-PSS",
        0x0807 => "Ed25519",
        0x0808 => "Ed448",
        0x0904 => "ML-DSA-44",
        0x0905 => "ML-DSA-65",
        0x0906 => "ML-DSA-87",
        _ when !isTls13 && Hash(code) is not null => (code & 0xff) switch { 1 => "RSA", 2 => "DSA", 3 => "EC", _ => null },
        0x0403 => "EC P-256",
        0x0503 => "EC P-384",
        0x0603 => "EC P-521",
        0x081a => "EC brainpoolP256r1",
        0x081b => "EC brainpoolP384r1",
        0x081c => "EC brainpoolP512r1",
        _ => null,
    };

    private static string? Hash(ushort code) => code switch
    {
        0x0804 or 0x0809 or 0x081a => SignatureHash.Sha256,
        0x0805 or 0x080a or 0x081b => SignatureHash.Sha384,
        0x0806 or 0x080b or 0x081c => SignatureHash.Sha512,
        _ when (code & 0xff) is not (1 or 2 or 3) => null,
        _ => (code >> 8) switch
        {
            1 => SignatureHash.Md5,
            2 => SignatureHash.Sha1,
            3 => SignatureHash.Sha224,
            4 => SignatureHash.Sha256,
            5 => SignatureHash.Sha384,
            6 => SignatureHash.Sha512,
            _ => null,
        },
    };
}
