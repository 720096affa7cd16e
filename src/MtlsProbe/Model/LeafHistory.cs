using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The leaf certificates that one address has presented. An unknown leaf is a change. If a known leaf comes back, that is no change: replicas behind
/// the address present different leaves in turn. A leaf is forgotten when it has been absent for much longer than usual.
/// </summary>
internal sealed record LeafHistory
{
    /// <summary>
    /// Number of handshakes that the shares refer to. A leaf that is not presented in turn with others is forgotten after as many handshakes.
    /// </summary>
    public const int Window = 20;

    public static readonly LeafHistory Empty = new();

    private readonly long _since;

    /// <summary>How often the leaf has changed.</summary>
    public long Changes => Changed?.Count ?? 0;

    /// <summary>When it last changed; null if it never has.</summary>
    public DateTimeOffset? LastChange => Last?.At;

    /// <summary>The serial before the last change; null if it never has.</summary>
    public string? PreviousSerial => Last?.Before.Serial;

    /// <summary>The last change; null if there never was one.</summary>
    [JsonIgnore]
    public LeafChange? Last => Changed?.Last;

    /// <summary>The beginning of the first handshake since which the address has presented only the current leaf; null before the first handshake.</summary>
    [JsonIgnore]
    public DateTimeOffset? Since
    {
        get => Instant.Time(_since);
        private init => _since = Instant.Ticks(value);
    }

    /// <summary>The share of its lifetime that a leaf had used when a newer one first replaced it; null if that never happened.</summary>
    [JsonIgnore]
    public double? RenewedAt => Changed?.RenewedAt;

    /// <summary>The leaves of the last handshakes, the most recent one first.</summary>
    public ValueList<LeafShare> Recent => Shares();

    /// <summary>Several leaves are presented in turn, by replicas behind one address.</summary>
    public bool InTurn { get; private init; }

    /// <summary>The leaves of the last handshakes, oldest first, at most <see cref="Window"/>.</summary>
    [JsonIgnore]
    public ValueList<SeenLeaf> Seen => Memory.Seen;

    /// <summary>How many leaves are presented in turn; 1 unless replicas disagree.</summary>
    [JsonIgnore]
    public int Leaves => InTurn ? Memory.Known.Count : 1;

    /// <summary>The changes of the leaf; null if it never has changed.</summary>
    private LeafChanges? Changed { get; init; }

    private LeafMemory Memory { get; init; } = LeafMemory.Empty;

    /// <summary>The history after one more handshake.</summary>
    public LeafHistory With(Certificate leaf, DateTimeOffset at)
    {
        // The usual case, handled without allocation: only this leaf for as long as we remember.
        if (Memory.IsFullOf(leaf)) return this;
        return With(Memory.Of(leaf), at);
    }

    private LeafHistory With(SeenLeaf leaf, DateTimeOffset at)
    {
        var (seen, before) = (Memory.Seen, Memory.Known);
        var known = before.Select(one => one.After(leaf)).Where(one => !one.IsGone(InTurn)).ToList();
        var isNew = known.TrueForAll(one => one.Leaf != leaf);
        if (isNew) known.Add(new KnownLeaf(leaf, 0, []));
        var changed = isNew && seen.Count > 0;
        var returned = !isNew && seen.Count > 0 && seen[^1] != leaf;
        return this with
        {
            Memory = LeafMemory.With(seen.Append(leaf).TakeLast(Window).ToValueList(), known.TakeLast(KnownLeaf.Most).ToValueList()),
            InTurn = (InTurn || returned) && known.Count > 1,
            Changed = changed
                ? new LeafChanges(Changes + 1, new LeafChange(seen[^1], leaf, at), leaf.NotBefore > seen[^1].NotBefore ? UsedLife.At(seen[^1].NotBefore, seen[^1].NotAfter, at) : RenewedAt)
                : Changed,
            Since = seen.Count == 0 || changed || returned ? at : Since,
        };
    }

    private ValueList<LeafShare> Shares()
    {
        var seen = Seen;
        return seen.Reverse().GroupBy(leaf => leaf).Select(group => new LeafShare(group.Key.Serial, group.Key.Sha256, (double)group.Count() / seen.Count)).ToValueList();
    }

    /// <summary>The changes so far.</summary>
    /// <param name="RenewedAt">As <see cref="LeafHistory.RenewedAt"/>.</param>
    private sealed record LeafChanges(long Count, LeafChange Last, double? RenewedAt);
}

/// <summary>An unknown leaf replaced another.</summary>
/// <param name="At">When it was first seen.</param>
internal sealed record LeafChange(SeenLeaf Before, SeenLeaf After, DateTimeOffset At);

/// <summary>One of the leaves of the last handshakes.</summary>
/// <param name="Share">Its share of these handshakes, from 0 to 1.</param>
internal sealed record LeafShare(string Serial, string Sha256, double Share);
