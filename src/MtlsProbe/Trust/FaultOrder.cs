using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// Which fault to fix first: whether the server can be trusted at all (revoked, forged, of unknown origin), then whether it is the intended one, then
/// whether its certificates are valid now, then whether they are well formed, and last an unknown revocation status. Fixing an earlier fault requires
/// new certificates, which often fixes the later ones too.
/// </summary>
internal static class FaultOrder
{
    private static readonly Reason[] s_gravestFirst =
    [
        Reasons.Revoked, Reasons.BadSignature, Reasons.SelfSigned, Reasons.UntrustedIssuer, Reasons.IncompleteChain,
        Reasons.IdMismatch, Reasons.NameMismatch, Reasons.Expired, Reasons.NotYetValid, Reasons.WrongUsage, Reasons.ConstraintViolated, Reasons.Weak,
        Reasons.RevocationUnknown,
    ];

    /// <summary>The most severe first; faults with the same reason stay in the order of the path, leaf first.</summary>
    public static ValueList<ChainFault> Sort(IEnumerable<ChainFault> faults) => faults.OrderBy(Rank).ToValueList();

    /// <summary>Whether <paramref name="faults"/> are less severe than <paramref name="others"/>: by the most severe one, then by number.</summary>
    public static bool IsLess(IReadOnlyCollection<ChainFault> faults, IReadOnlyCollection<ChainFault> others)
    {
        var gravest = faults.Min(fault => (int?)Rank(fault)) ?? int.MaxValue;
        var otherGravest = others.Min(fault => (int?)Rank(fault)) ?? int.MaxValue;
        return gravest != otherGravest ? gravest > otherGravest : faults.Count < others.Count;
    }

    private static int Rank(ChainFault fault) => Array.IndexOf(s_gravestFirst, fault.Error);
}
