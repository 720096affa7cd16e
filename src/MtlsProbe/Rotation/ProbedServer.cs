using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>How one address of one target treated the credentials.</summary>
/// <param name="Address">As in the result records.</param>
/// <param name="Current">The result with the credential in use.</param>
/// <param name="Next">The result with the replacement; null if it was not tried.</param>
internal sealed record ProbedServer(Target Target, string Address, ProbeResult Current, ProbeResult? Next)
{
    /// <summary>The records of this server, the current credential first.</summary>
    public IEnumerable<ProbeResult> Results => Next is null ? [Current] : [Current, Next];

    /// <summary>The names of servers for a sentence: the name of the target if all its addresses are included, otherwise with each address.</summary>
    /// <param name="all">Every server that was probed.</param>
    public static string Names(IReadOnlyCollection<ProbedServer> some, IReadOnlyCollection<ProbedServer> all)
    {
        var counts = all.CountBy(server => server.Target.Name).ToDictionary();
        return string.Join(", ", some.GroupBy(server => server.Target.Name).Select(group =>
            (Count: group.Count(), Of: counts[group.Key]) switch
            {
                (1, 1) => group.Key,
                var (count, of) when count == of => FormattableString.Invariant($"{group.Key} (all {of:N0} addresses)"),
                _ => $"{group.Key} ({string.Join(", ", group.Select(server => server.Address))})",
            }));
    }
}

/// <summary>Every probed server, in the order of the configuration, and warnings about addresses.</summary>
internal sealed record ProbedServers(ValueList<ProbedServer> Servers, ValueList<PreflightWarning> Warnings)
{
    /// <summary>Number of addresses beyond the limit, about which nothing is known.</summary>
    public int NotProbed { get; init; }

    /// <summary>Such a number, for a sentence.</summary>
    public static string More(int addresses) => FormattableString.Invariant($"{addresses:N0} more address{(addresses == 1 ? " is" : "es are")} not probed");
}
