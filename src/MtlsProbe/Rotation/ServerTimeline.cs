using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>
/// The last rotation of a target's certificate over time. Its addresses may share one certificate, or have one each. An address counts while it
/// presents a new certificate and no other in turn.
/// </summary>
internal static class ServerTimeline
{
    /// <param name="all">The addresses of the target.</param>
    /// <returns>Null if this process has not seen a leaf replaced by a newer one that is still presented.</returns>
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

    /// <summary>As for stored certificates: whether it becomes valid later, or at the same time but expires later.</summary>
    private static bool IsNewer(SeenLeaf one, SeenLeaf than) => (one.NotBefore, one.NotAfter).CompareTo((than.NotBefore, than.NotAfter)) > 0;

    /// <summary>
    /// Whether a leaf came in the same rotation. If each address has its own certificate, those of one rotation become valid at about the same time.
    /// Older ones that are still presented are closer to the replaced certificate.
    /// </summary>
    private static bool IsOfTheSame(LeafChange latest, SeenLeaf leaf) =>
        leaf == latest.After || (leaf.NotBefore - latest.After.NotBefore).Duration() < (leaf.NotBefore - latest.Before.NotBefore).Duration();

    /// <summary>Of the leaves that are still presented, the one that expires first.</summary>
    private static SeenLeaf? Left(List<ServerState> presenting, HashSet<SeenLeaf> fresh) =>
        presenting.Select(server => server.Leaves.Seen[^1]).Where(leaf => !fresh.Contains(leaf)).MinBy(leaf => leaf.NotAfter);

    /// <summary>
    /// When the file with the current certificate changed; null if that was not seen, or if it was seen only after the certificate was presented.
    /// </summary>
    private static DateTimeOffset? Issued(List<ServerState> reached) =>
        reached.Select(server => server.Facts?.Expected is { ServerCertificate: true, Changed: { } file } && server.Leaves.Changes > 0 && file <= server.Leaves.Since ? file : (DateTimeOffset?)null).Min();

    /// <summary>Truncated: the serial number in a certificate can have any length.</summary>
    private static TimelineCertificate Certificate(SeenLeaf leaf) => new(Shown.Name(leaf.Serial), leaf.NotAfter);
}
