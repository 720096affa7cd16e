using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>
/// The last rotation of a target's certificate over time. Its addresses may share one, or have one each. An address has come so far while it
/// presents a new one and no other in turn.
/// </summary>
internal static class ServerTimeline
{
    /// <param name="all">The addresses of the target.</param>
    /// <returns>Null if this process has seen no leaf replaced by a newer one that has not been replaced since.</returns>
    public static RotationTimeline? Of(IReadOnlyList<ServerState> all)
    {
        List<ServerState> servers = [.. all.Where(server => !server.Target.IsUnresolved)], presenting = servers.FindAll(server => server.Leaves.Seen.Count > 0);
        List<LeafChange> renewals = [.. presenting.Select(server => server.Leaves.Last).OfType<LeafChange>().Where(change => IsNewer(change.After, change.Before))];
        var replaced = renewals.Select(change => change.Before).ToHashSet();
        renewals.RemoveAll(change => replaced.Contains(change.After));
        if (renewals.MaxBy(change => change.At) is not { } latest) return null;
        var fresh = renewals.Select(change => change.After).Where(leaf => IsOfTheSame(latest, leaf)).ToHashSet();
        List<ServerState> reached = presenting.FindAll(server => !server.Leaves.InTurn && fresh.Contains(server.Leaves.Seen[^1]));
        return new RotationTimeline(
            Certificate(latest.After), Certificate(Left(presenting, fresh) ?? latest.Before), Issued(reached), null,
            [TimelineLine.Of(TimelineKind.Presented, servers.Count, reached.ConvertAll(server => new Reached(server.Key, server.Leaves.Since!.Value, IsSeen: server.Leaves.Changes > 0)))]);
    }

    /// <summary>As of stored certificates: whether it begins later, or begins at the same time and ends later.</summary>
    private static bool IsNewer(SeenLeaf one, SeenLeaf than) => (one.NotBefore, one.NotAfter).CompareTo((than.NotBefore, than.NotAfter)) > 0;

    /// <summary>
    /// Whether a leaf came in the same rotation: where each address has a certificate of its own, those of one rotation begin at about the same
    /// time, and those of the one before that are still presented are nearer to what was replaced.
    /// </summary>
    private static bool IsOfTheSame(LeafChange latest, SeenLeaf leaf) =>
        leaf == latest.After || (leaf.NotBefore - latest.After.NotBefore).Duration() < (leaf.NotBefore - latest.Before.NotBefore).Duration();

    /// <summary>Of the leaves that are presented still, the one that ends first.</summary>
    private static SeenLeaf? Left(List<ServerState> presenting, HashSet<SeenLeaf> fresh) =>
        presenting.Select(server => server.Leaves.Seen[^1]).Where(leaf => !fresh.Contains(leaf)).MinBy(leaf => leaf.NotAfter);

    /// <summary>When the file changed that has what they present now; null if it was not seen, or only after they presented it.</summary>
    private static DateTimeOffset? Issued(List<ServerState> reached) =>
        reached.Select(server => server.Facts?.Expected is { ServerCertificate: true, Changed: { } file } && server.Leaves.Changes > 0 && file <= server.Leaves.Since ? file : (DateTimeOffset?)null).Min();

    /// <summary>A serial number is as long as its certificate likes.</summary>
    private static TimelineCertificate Certificate(SeenLeaf leaf) => new(Shown.Name(leaf.Serial), leaf.NotAfter);
}
