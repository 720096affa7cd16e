using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>The paths of a chain without faults, except possibly dates.</summary>
/// <param name="IsRevocationDemanded">Whether a certificate without evidence that it is good is not trusted.</param>
internal sealed record SoundPaths(IReadOnlyList<SoundPath> Paths, bool IsRevocationDemanded);

/// <summary>One of them.</summary>
/// <param name="Revocation">What is known of the revocation of its certificates, but for what is stapled.</param>
internal sealed record SoundPath(CertificatePath Path, ValueList<CertificateRevocation> Revocation);
