using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>
/// The last rotation of a target's certificate over time. Its addresses may share one, or have one each: an address has come so far once it
/// presents a leaf that no address has replaced since.
/// </summary>
internal static class ServerTimeline
{
    /// <param name="servers">The addresses of the target.</param>
    /// <returns>Null where this process has seen no leaf replaced.</returns>
    public static RotationTimeline? Of(IReadOnlyList<ServerState> servers)
    {
        List<ServerState> presenting = [.. servers.Where(server => server.Leaves.Seen.Count > 0)];
        var replaced = presenting.Select(server => server.Leaves.Last?.Before).OfType<SeenLeaf>().ToHashSet();
        List<ServerState> changed = presenting.FindAll(server => server.Leaves.Last is { } last && !replaced.Contains(last.After));
        if (changed.MaxBy(server => server.Leaves.Last!.At)?.Leaves.Last is not { } latest) return null;
        var fresh = changed.Select(server => server.Leaves.Last!.After).ToHashSet();
        List<(ServerKey, DateTimeOffset?)> reached =
        [
            .. from server in presenting
               let last = server.Leaves.Last
               where last is not null ? fresh.Contains(last.After) : fresh.Contains(server.Leaves.Seen[^1])
               select (server.Key, last?.At),
        ];
        var line = TimelineLine.Of(TimelineKind.Presented, servers.Count, reached);
        return new RotationTimeline(
            Certificate(latest.After), Certificate(Left(presenting, fresh) ?? latest.Before), Issued(changed), null,
            [presenting.Exists(server => server.Leaves.InTurn) ? line with { Complete = null } : line]);
    }

    /// <summary>Of the leaves that are presented still, the one that ends first.</summary>
    private static SeenLeaf? Left(List<ServerState> presenting, HashSet<SeenLeaf> fresh) =>
        presenting.Select(server => server.Leaves.Seen[^1]).Where(leaf => !fresh.Contains(leaf)).MinBy(leaf => leaf.NotAfter);

    /// <summary>When the file changed that has what they present now.</summary>
    private static DateTimeOffset? Issued(List<ServerState> changed) =>
        changed.Select(server => server.Facts?.Expected is { ServerCertificate: true, Changed: { } file } && file <= server.Leaves.LastChange ? file : (DateTimeOffset?)null).Min();

    /// <summary>A serial number is as long as its certificate likes.</summary>
    private static TimelineCertificate Certificate(SeenLeaf leaf) => new(Shown.Name(leaf.Serial), leaf.NotAfter);
}
