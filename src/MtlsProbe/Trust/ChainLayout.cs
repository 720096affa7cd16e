using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// The server's chain in reading order: from the leaf to its trust anchor, or to the gap where it ends. Every fault occurs once, at the certificate
/// that it concerns.
/// </summary>
/// <param name="IsAnchored">Whether the last of the path is a trust anchor.</param>
/// <param name="Gap">Faults of a certificate that is missing at the end of the path; empty if it is anchored.</param>
/// <param name="Extras">Presented certificates that are not part of the path.</param>
/// <param name="Unplaced">Faults that concern none of these.</param>
internal sealed record ChainLayout(
    bool IsAnchored, ValueList<PlacedCertificate> Path, ValueList<ChainFault> Gap, ValueList<PlacedCertificate> Extras, ValueList<ChainFault> Unplaced)
{
    /// <summary>The name of the missing certificate at the end; null if it is anchored, or ends in a root that we do not trust.</summary>
    public string? Missing => IsAnchored || Path[^1].Certificate.IsSelfIssued ? null : Path[^1].Certificate.Issuer;

    /// <summary>Null if the server presented no certificate.</summary>
    public static ChainLayout? Of(ProbeResult result)
    {
        if (result.ServerCertificates.Count == 0) return null;
        var chain = result.Chain ?? new ChainVerdict();
        var path = chain.Path.Count > 0 ? chain.Path : [result.ServerCertificates[0]];
        var isAnchored = !chain.Errors.Any(error => error == Reasons.UntrustedIssuer || error == Reasons.IncompleteChain || error == Reasons.SelfSigned);
        List<ChainFault> unplaced = [.. chain.Faults];

        ValueList<ChainFault> Take(string? subject)
        {
            var taken = unplaced.Where(fault => fault.Subject == subject).ToValueList();
            unplaced.RemoveAll(fault => fault.Subject == subject);
            return taken;
        }

        PlacedCertificate Place(Certificate certificate, bool isAnchor = false) =>
            new(certificate, result.ServerCertificates.Contains(certificate), isAnchor, Take(certificate.Subject));

        var placed = path.Select((certificate, depth) => Place(certificate, isAnchored && depth == path.Count - 1)).ToValueList();
        var gap = isAnchored ? [] : Take(null);
        var extras = result.ServerCertificates.Where(certificate => !path.Contains(certificate)).Select(certificate => Place(certificate)).ToValueList();
        return new ChainLayout(isAnchored, placed, gap, extras, unplaced.ToValueList());
    }
}

/// <summary>A certificate in its position in the chain.</summary>
/// <param name="IsAnchor">Whether it is the trust anchor that the path leads to.</param>
/// <param name="Faults">Its faults.</param>
internal sealed record PlacedCertificate(Certificate Certificate, bool IsPresented, bool IsAnchor, ValueList<ChainFault> Faults);
