using MtlsProbe.Certificates;

namespace MtlsProbe.Rotation;

/// <summary>Compares public keys by their security strength (NIST SP 800-57 part 1, table 2).</summary>
internal static class KeyStrength
{
    /// <summary>False if the strength of either is not known.</summary>
    public static bool IsWeaker(PublicKeyFacts one, PublicKeyFacts other) =>
        one.RsaBits is { } bits && other.RsaBits is { } others ? bits < others : Bits(one) < Bits(other);

    /// <summary>Bits of security; null if they are not known.</summary>
    private static int? Bits(PublicKeyFacts key) => key switch
    {
        { RsaBits: >= 15360 } => 256,
        { RsaBits: >= 7680 } => 192,
        { RsaBits: >= 3072 } => 128,
        { RsaBits: >= 2048 } => 112,
        { RsaBits: >= 1024 } => 80,
        { RsaBits: not null } => 0,
        { EcBits: { } bits } => bits / 2,
        { Text: "Ed25519" or "ML-DSA-44" } => 128,
        { Text: "ML-DSA-65" } => 192,
        { Text: "Ed448" } => 224,
        { Text: "ML-DSA-87" } => 256,
        _ => null,
    };
}
