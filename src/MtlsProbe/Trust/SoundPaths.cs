using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>The paths of a chain without faults, except possibly in their dates.</summary>
/// <param name="IsRevocationDemanded">Whether a certificate without evidence that it is good is not trusted.</param>
internal sealed record SoundPaths(IReadOnlyList<SoundPath> Paths, bool IsRevocationDemanded);

/// <summary>One such path.</summary>
/// <param name="Revocation">What is known about the revocation of its certificates, apart from stapled responses.</param>
internal sealed record SoundPath(CertificatePath Path, ValueList<CertificateRevocation> Revocation);
