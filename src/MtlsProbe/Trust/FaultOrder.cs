using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>
/// Which fault to mend first: first whether this is a server to trust at all (revoked, forged, of unknown origin), then whether it is
/// the one that was meant, then whether its certificates are current, then whether they are well made, and
/// at last what nobody says of them. Mending an earlier fault takes
/// new certificates, which often mends the later ones as well.
/// </summary>
internal static class FaultOrder
{
    private static readonly Reason[] s_gravestFirst =
    [
        Reasons.Revoked, Reasons.BadSignature, Reasons.SelfSigned, Reasons.UntrustedIssuer, Reasons.IncompleteChain,
        Reasons.IdMismatch, Reasons.NameMismatch, Reasons.Expired, Reasons.NotYetValid, Reasons.WrongUsage, Reasons.ConstraintViolated, Reasons.Weak,
        Reasons.RevocationUnknown,
    ];

    /// <summary>Gravest first; faults of the same reason stay in the order of the path, leaf first.</summary>
    public static ValueList<ChainFault> Sort(IEnumerable<ChainFault> faults) => faults.OrderBy(Rank).ToValueList();

    /// <summary>Whether <paramref name="faults"/> are less bad than <paramref name="others"/>: by the gravest, then by number.</summary>
    public static bool IsLess(IReadOnlyCollection<ChainFault> faults, IReadOnlyCollection<ChainFault> others)
    {
        var gravest = faults.Min(fault => (int?)Rank(fault)) ?? int.MaxValue;
        var otherGravest = others.Min(fault => (int?)Rank(fault)) ?? int.MaxValue;
        return gravest != otherGravest ? gravest > otherGravest : faults.Count < others.Count;
    }

    private static int Rank(ChainFault fault) => Array.IndexOf(s_gravestFirst, fault.Error);
}
