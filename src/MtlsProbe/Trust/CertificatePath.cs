using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>One path from the leaf towards a trust anchor.</summary>
/// <param name="Certificates">Leaf first; each is followed by a certificate that has the name of its issuer.</param>
/// <param name="End">Why it ends.</param>
/// <param name="Unsigned">
/// Positions of certificates that were not signed by any certificate with the name of their issuer; the path continues through the most likely one.
/// </param>
internal sealed record CertificatePath(ValueList<Certificate> Certificates, PathEnd End, ValueList<int> Unsigned)
{
    public Certificate Leaf => Certificates[0];

    public Certificate Last => Certificates[^1];

    /// <summary>Whether it leads to an anchor, with each certificate signed by the next.</summary>
    public bool IsAnchored => End == PathEnd.Anchor && Unsigned.Count == 0;
}

/// <summary>Why a path goes no further.</summary>
internal enum PathEnd
{
    /// <summary>Its last certificate is a trust anchor.</summary>
    Anchor,

    /// <summary>Its last certificate is self-signed and not an anchor.</summary>
    SelfSigned,

    /// <summary>The issuer of its last certificate was not presented and is not an anchor.</summary>
    IssuerMissing,

    /// <summary>The issuer of its last certificate is already in the path: the authorities have only certified each other.</summary>
    Circle,

    /// <summary>A limit of the search was reached.</summary>
    GivenUp,
}
