using MtlsProbe.Certificates;

namespace MtlsProbe.Trust;

/// <summary>The cost of checking a signature with the key of an issuer, in the unit of <see cref="SearchBounds.TakeSignature"/>.</summary>
internal static class SignatureCost
{
    /// <summary>Octets of a SubjectPublicKeyInfo besides the RSA modulus: 38 with the usual exponent, 65537.</summary>
    private const int MaxAroundModulus = 64;

    /// <summary>Unusual keys (huge moduli, long exponents, curves without fast code) can take a hundred times as long as the usual ones.</summary>
    public static int Of(Certificate issuer) => issuer.Rules.PublicKey switch
    {
        { RsaBits: <= 4096 and var bits } => issuer.Rules.PublicKeyInfo.Length <= (bits / 8) + MaxAroundModulus ? 1 : 10,
        { EcBits: <= 384 } => 1,
        _ => 10,
    };
}
