using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Trust;

/// <summary>
/// Keys and signatures that can be forged (CA/Browser Forum Baseline Requirements §6.1.5). The signature on an anchor, and a self-signature, prove
/// nothing and are not checked.
/// </summary>
internal static class Strength
{
    private const int MinRsaBits = 2048;
    private const int MinEcBits = 224;

    public static IEnumerable<ChainFault> Faults(CertificatePath path)
    {
        foreach (var certificate in path.Certificates)
        {
            if (IsWeak(certificate.Rules.PublicKey))
                yield return new(Reasons.Weak, certificate.Subject, $"{certificate.Named()} has a weak key, {certificate.Key}");
            if (IsWeakHash(certificate.Rules.SignatureHash)
                && !(certificate == path.Last && (path.End is PathEnd.Anchor or PathEnd.SelfSigned)))
            {
                yield return new(Reasons.Weak, certificate.Subject,
                    $"{certificate.Named()} has a weak signature, made with {certificate.Rules.SignatureHash}");
            }
        }
    }

    public static bool IsWeak(PublicKeyFacts key) => key is { RsaBits: < MinRsaBits } or { EcBits: < MinEcBits };

    /// <param name="hash">In the names of <see cref="SignatureHash"/>; null is not weak.</param>
    public static bool IsWeakHash(string? hash) => hash is SignatureHash.Md2 or SignatureHash.Md4 or SignatureHash.Md5 or SignatureHash.Sha1;
}
