using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>A handshake as a row of a list. The names of the members are those of the API.</summary>
internal record HandshakeRow
{
    public required string Target { get; init; }

    public required string Address { get; init; }

    public required string Identity { get; init; }

    public required Slot Slot { get; init; }

    public required Expectation Expect { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required string ServerName { get; init; }

    public required string Protocol { get; init; }

    public string? Remote { get; init; }

    public required Condition State { get; init; }

    public Outcome? Outcome { get; init; }

    public bool? Success { get; init; }

    public FailureClass? Class { get; init; }

    public string? Reason { get; init; }

    public string? Alert { get; init; }

    public required string Headline { get; init; }

    public DateTimeOffset? At { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>In seconds.</summary>
    public required double Interval { get; init; }

    /// <summary>Of the whole last probe, in seconds.</summary>
    public double? Duration { get; init; }

    public string? Tls { get; init; }

    public bool? Requested { get; init; }

    public Lifetime? Server { get; init; }

    public Lifetime? Client { get; init; }

    public required LeafChanges Leaf { get; init; }

    public static HandshakeRow Of(HandshakeEntry entry, DateTimeOffset now) => new(entry, now);

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    protected HandshakeRow(HandshakeEntry entry, DateTimeOffset now)
    {
        var (key, target, last) = (entry.Key, entry.State.Target, entry.Last);
        (Target, Address, Identity, Slot, Expect) = (key.Target, key.Address, key.Identity, key.Slot, key.Expect);
        Labels = TargetFacts.LabelsOf(target);
        (ServerName, Protocol, Interval) = (target.ServerName, target.Protocol.Name, target.Interval.TotalSeconds);
        (State, Headline) = (entry.Condition, entry.Headline);
        (Remote, Outcome, Success, At, Duration) = (last?.Remote, last?.Outcome, last?.Success, last?.At, last?.Timings.Total);
        (Class, Reason, Alert) = (last?.Failure?.Class, last?.Failure?.Reason.Label, last?.Failure?.Alert?.Name);
        (Since, LastSuccess) = (entry.State.Since, entry.State.LastSuccess);
        (Tls, Requested) = (entry.State.Server?.Tls?.Version, entry.State.Server?.ClientCertificate?.Requested);
        (Server, Client) = (Lifetime.Of(entry.ServerLeaf, now), Lifetime.Of(entry.ClientLeaf, now));
        Leaf = LeafChanges.Of(entry.Server);
    }
}

/// <summary>The parts of a certificate that a row shows.</summary>
/// <param name="Expiring">Null if its expiry is not near.</param>
internal sealed record Lifetime(string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter, ExpiryLevel? Expiring)
{
    public static Lifetime? Of(Certificate? certificate, DateTimeOffset now) =>
        certificate is null ? null : new Lifetime(certificate.Serial, certificate.NotBefore, certificate.NotAfter, ExpiryRule.Of(certificate, now));
}

/// <summary>How the leaf served at an address has changed.</summary>
internal sealed record LeafChanges(long Changes, DateTimeOffset? LastChange, bool InTurn)
{
    public static LeafChanges Of(ServerState? server) =>
        server is null ? new LeafChanges(0, null, false) : new LeafChanges(server.Leaves.Changes, server.Leaves.LastChange, server.Leaves.InTurn);
}

/// <summary>One page of rows.</summary>
/// <param name="States">Counts of the rows that pass all filters except the one by condition.</param>
internal sealed record HandshakePage(
    DateTimeOffset Now, string Instance, int Total, int Page, int Limit, ConditionCounts States, IReadOnlyList<HandshakeRow> Rows)
{
    public static HandshakePage Of(FleetView view, string instance, HandshakeFilter filter, HandshakeOrder order, Paging paging)
    {
        List<HandshakeEntry> candidates = [.. view.Handshakes.Where(filter.PassesButCondition)];
        var chosen = order.Sort(filter.Conditions.Count == 0 ? candidates : candidates.Where(entry => filter.Conditions.Contains(entry.Condition)));
        return new HandshakePage(
            view.Snapshot.At, instance, chosen.Length, paging.Page, paging.Limit,
            ConditionCounts.Of(candidates.Select(entry => entry.Condition)),
            [.. paging.Of(chosen).Select(entry => HandshakeRow.Of(entry, view.Snapshot.At))]);
    }
}
