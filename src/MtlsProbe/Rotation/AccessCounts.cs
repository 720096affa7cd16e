using MtlsProbe.Model;

namespace MtlsProbe.Rotation;

/// <summary>The number of pairs of an identity and a target in each <see cref="AccessState"/>.</summary>
internal sealed record AccessCounts(int AsExpected, int UnexpectedAccess, int UnexpectedRefusal, int Unknown, int Pending, int Undeclared, int Closed)
{
    public static AccessCounts Of(IEnumerable<AccessPair> pairs)
    {
        var counts = new int[Enum.GetValues<AccessState>().Length];
        foreach (var pair in pairs) counts[(int)pair.State]++;
        return new AccessCounts(
            counts[(int)AccessState.AsExpected], counts[(int)AccessState.UnexpectedAccess], counts[(int)AccessState.UnexpectedRefusal], counts[(int)AccessState.Unknown],
            counts[(int)AccessState.Pending], counts[(int)AccessState.Undeclared], counts[(int)AccessState.Closed]);
    }
}
