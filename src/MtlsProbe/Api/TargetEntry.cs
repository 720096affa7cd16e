using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>One target of a <see cref="FleetView"/>, with the facts from its handshakes.</summary>
/// <param name="Handshakes">All of them, in the order of the plan.</param>
/// <param name="Leading">
/// The handshake that determines the state: the worst; among equal ones, one that must be accepted, and of those the newest. A staged credential
/// breaks nothing yet and does not count. Null if none is planned.
/// </param>
/// <param name="Expiring">The worst level of the certificates that its servers present and that we present to them.</param>
internal sealed record TargetEntry(Target Target, IReadOnlyList<HandshakeEntry> Handshakes, HandshakeEntry? Leading, ExpiryLevel? Expiring, int Order)
{
    public Condition Condition => Leading?.Condition ?? Condition.Pending;

    /// <summary>Of the leaves that its servers last presented, the first to expire; null if none has presented any.</summary>
    public Certificate? ServerLeaf => First(entry => entry.Server?.Facts is { Certificates: { Count: > 0 } chain } ? chain[0] : null);

    /// <summary>Of the leaves that it must accept, the first to expire.</summary>
    public Certificate? ClientLeaf => First(entry => entry.Key is { Slot: Slot.Current, Expect: Expectation.Accept } ? entry.ClientLeaf : null);

    /// <summary>When the newest of its results came.</summary>
    public DateTimeOffset? At
    {
        get
        {
            DateTimeOffset? at = null;
            foreach (var entry in Handshakes)
            {
                if (entry.Last is { } last && !(last.At <= at)) at = last.At;
            }

            return at;
        }
    }

    /// <param name="ofIdentity">The level of each identity's credential in use.</param>
    public static TargetEntry Of(Target target, IReadOnlyList<HandshakeEntry> handshakes, IReadOnlyDictionary<string, ExpiryLevel> ofIdentity, DateTimeOffset now, int order)
    {
        HandshakeEntry? leading = null;
        ExpiryLevel? level = null;
        ServerState? server = null;
        for (var i = 0; i < handshakes.Count; i++)
        {
            var entry = handshakes[i];
            if (entry.Key.Slot == Slot.Current && (leading is null || IsBefore(entry, leading))) leading = entry;
            if (entry.Server is null || ReferenceEquals(entry.Server, server)) continue;
            server = entry.Server;
            level = ExpiryRule.Worse(level, Of(server, now));
        }

        foreach (var identity in target.Accepted)
        {
            if (ofIdentity.TryGetValue(identity, out var credential)) level = ExpiryRule.Worse(level, credential);
        }

        return new TargetEntry(target, handshakes, leading, level, order);
    }

    /// <summary>For the leaf of a server; if replicas present different leaves, the first to expire counts.</summary>
    private static ExpiryLevel? Of(ServerState server, DateTimeOffset now)
    {
        var level = ExpiryRule.OfRenewal(server.Leaves.RenewedAt);
        if (server.Facts is { } facts) level = ExpiryRule.Worse(level, ExpiryRule.OfChain(facts.Certificates, now));
        if (!server.Leaves.InTurn) return level;
        foreach (var leaf in server.Leaves.Seen) level = ExpiryRule.Worse(level, ExpiryRule.Of(leaf.NotBefore, leaf.NotAfter, now));
        return level;
    }

    private static bool IsBefore(HandshakeEntry one, HandshakeEntry other)
    {
        var difference = one.Condition.Severity() - other.Condition.Severity();
        if (difference == 0) difference = (int)one.Key.Expect - (int)other.Key.Expect;
        return difference < 0 || (difference == 0 && one.State.Since > other.State.Since);
    }

    private Certificate? First(Func<HandshakeEntry, Certificate?> leaf)
    {
        Certificate? first = null;
        foreach (var entry in Handshakes)
        {
            if (leaf(entry) is { } one && (first is null || one.NotAfter < first.NotAfter)) first = one;
        }

        return first;
    }
}
