using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Text;

namespace MtlsProbe.Rotation;

/// <summary>Problems of new trust anchors by themselves. Pure functions.</summary>
internal static class AnchorWarnings
{
    public static IEnumerable<PreflightWarning> Of(TrustBundle old, TrustBundle fresh, DateTimeOffset now)
    {
        if (fresh.Anchors.All(old.Contains)) yield return new("same_anchors", $"every one of the new anchors is in {old.Name} already: there is nothing to add");
        foreach (var anchor in fresh.Anchors)
        {
            if (anchor.ValidityProblem is { } problem) yield return new("malformed_validity", $"{anchor} {problem}");
            if (now > anchor.NotAfter) yield return new("expired", $"{anchor} has expired, at {Times.Second(anchor.NotAfter)}");
            if (now < anchor.NotBefore) yield return new("not_yet_valid", $"{anchor} is not valid before {Times.Second(anchor.NotBefore)}");
            if (anchor.Rules is not { IsCertificateAuthority: true } and not { Version: < 3 })
                yield return new("not_an_authority", $"{anchor} is not the certificate of a CA: it can only be trusted itself");
        }
    }

}
