using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>Whether a revocation list covers a certificate (RFC 5280 §6.3.3 (b)).</summary>
internal static class ListScope
{
    /// <summary>The distribution points of the certificate, read once for all lists.</summary>
    public static ValueList<DistributionPoint> PointsOf(Certificate certificate) =>
    [
        .. DistributionPoint.Read(certificate.Rules.DistributionPoints, certificate.Rules.IssuerName),
        // Lists of its issuer cover it, whether or not they name its distribution point.
        new DistributionPoint([new PointName(GeneralName.Directory, certificate.Rules.Issuer, "")], null, [], []),
    ];

    /// <summary>Whether the list can cover it, judged by the name of the signer: its issuer, or a delegate of the issuer.</summary>
    public static bool IsNamed(RevocationList list, Certificate certificate, ValueList<DistributionPoint> points) =>
        list.Issuer == certificate.Rules.Issuer || points.Any(point => point.Issuers.Contains(list.Issuer));

    /// <summary>
    /// The revocation reasons that the list covers for the certificate, as in <see cref="DistributionPoint"/>; 0: it does not cover it.
    /// </summary>
    public static int Reasons(RevocationList list, Certificate certificate, ValueList<DistributionPoint> points)
    {
        var scope = list.Scope;
        var isAuthority = certificate.Rules.IsCertificateAuthority is true;
        if (scope.OnlyAttributes || (scope.OnlyUsers && isAuthority) || (scope.OnlyAuthorities && !isAuthority)) return 0;
        var reasons = 0;
        foreach (var point in points)
        {
            if (Fits(list, certificate, point)) reasons |= point.Reasons ?? DistributionPoint.AllReasons;
        }

        return reasons & (scope.Reasons ?? DistributionPoint.AllReasons);
    }

    private static bool Fits(RevocationList list, Certificate certificate, DistributionPoint point)
    {
        var isItsIssuer = point.Issuers.Count == 0 ? list.Issuer == certificate.Rules.Issuer : list.Scope.IsIndirect && point.Issuers.Contains(list.Issuer);
        if (!isItsIssuer) return false;
        if (list.Scope.Names.Count == 0) return true;
        return point.Names.Count > 0 ? point.Names.Any(list.Scope.Names.Contains)
            : list.Scope.Names.Any(name => name.Form == GeneralName.Directory && point.Issuers.Contains(name.Directory));
    }
}
