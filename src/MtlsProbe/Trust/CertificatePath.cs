using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>One path from the leaf towards a trust anchor.</summary>
/// <param name="Certificates">Leaf first; each is followed by a certificate with the name of its issuer.</param>
/// <param name="End">Why it ends.</param>
/// <param name="Unsigned">
/// Positions of certificates that no certificate with the name of their issuer has signed; the path continues through the most likely one.
/// </param>
internal sealed record CertificatePath(ValueList<Certificate> Certificates, PathEnd End, ValueList<int> Unsigned)
{
    public Certificate Leaf => Certificates[0];

    public Certificate Last => Certificates[^1];

    /// <summary>Whether it leads to an anchor, each certificate signed by the next.</summary>
    public bool IsAnchored => End == PathEnd.Anchor && Unsigned.Count == 0;
}

/// <summary>Why a path goes no further.</summary>
internal enum PathEnd
{
    /// <summary>Its last certificate is a trust anchor.</summary>
    Anchor,

    /// <summary>Its last certificate is self-signed and not an anchor.</summary>
    SelfSigned,

    /// <summary>The issuer of its last certificate was neither presented nor is it an anchor.</summary>
    IssuerMissing,

    /// <summary>The issuer of its last certificate is already in the path: authorities that only certified each other.</summary>
    Circle,

    /// <summary>A bound of the search was reached.</summary>
    GivenUp,
}
