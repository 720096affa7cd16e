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

    /// <summary>How often the leaf has changed.</summary>
    public long Changes { get; private init; }

    /// <summary>When it last changed; null if it never has.</summary>
    public DateTimeOffset? LastChange => Last?.At;

    /// <summary>The serial before the last change; null if it never has.</summary>
    public string? PreviousSerial => Last?.Before.Serial;

    /// <summary>The last change; null if there never was one.</summary>
    [JsonIgnore]
    public LeafChange? Last { get; private init; }

    /// <summary>The beginning of the first handshake since which the address has presented only the current leaf; null before the first handshake.</summary>
    [JsonIgnore]
    public DateTimeOffset? Since { get; private init; }

    /// <summary>The share of its lifetime that a leaf had used when a newer one first replaced it; null if that never happened.</summary>
    [JsonIgnore]
    public double? RenewedAt { get; private init; }

    /// <summary>The leaves of the last handshakes, the most recent one first.</summary>
    public ValueList<LeafShare> Recent => Shares();

    /// <summary>Several leaves are presented in turn, by replicas behind one address.</summary>
    public bool InTurn { get; private init; }

    /// <summary>The leaves of the last handshakes, oldest first, at most <see cref="Window"/>.</summary>
    [JsonIgnore]
    public ValueList<SeenLeaf> Seen { get; private init; } = [];

    /// <summary>How many leaves are presented in turn; 1 unless replicas disagree.</summary>
    [JsonIgnore]
    public int Leaves => InTurn ? Known.Count : 1;

    private ValueList<KnownLeaf> Known { get; init; } = [];

    /// <summary>The history after one more handshake.</summary>
    public LeafHistory With(Certificate leaf, DateTimeOffset at)
    {
        // The usual case, handled without allocation: only this leaf for as long as we remember.
        if (Seen.Count == Window && Known.Count == 1 && Seen[0].Is(leaf) && Seen[^1].Is(leaf)) return this;
        return With(Known.Select(one => one.Leaf).Concat(Seen).FirstOrDefault(seen => seen.Is(leaf)) ?? SeenLeaf.Of(leaf), at);
    }

    private LeafHistory With(SeenLeaf leaf, DateTimeOffset at)
    {
        var known = Known.Select(one => one.After(leaf)).Where(one => !one.IsGone(InTurn)).ToList();
        var isNew = known.TrueForAll(one => one.Leaf != leaf);
        if (isNew) known.Add(new KnownLeaf(leaf, 0, []));
        var changed = isNew && Seen.Count > 0;
        var returned = !isNew && Seen.Count > 0 && Seen[^1] != leaf;
        return this with
        {
            Seen = Seen.Append(leaf).TakeLast(Window).ToValueList(),
            Known = known.TakeLast(KnownLeaf.Most).ToValueList(),
            InTurn = (InTurn || returned) && known.Count > 1,
            Changes = changed ? Changes + 1 : Changes,
            Last = changed ? new LeafChange(Seen[^1], leaf, at) : Last,
            Since = Seen.Count == 0 || changed || returned ? at : Since,
            RenewedAt = changed && leaf.NotBefore > Seen[^1].NotBefore ? UsedLife.At(Seen[^1].NotBefore, Seen[^1].NotAfter, at) : RenewedAt,
        };
    }

    private ValueList<LeafShare> Shares() =>
        Seen.Reverse().GroupBy(leaf => leaf).Select(group => new LeafShare(group.Key.Serial, group.Key.Sha256, (double)group.Count() / Seen.Count)).ToValueList();
}

/// <summary>
/// What is kept of a leaf. A whole certificate is too much: a hostile server can present a different one of 100 kB each time. Two are equal if their
/// certificates are equal.
/// </summary>
/// <param name="Sha256">Of the certificate, in lower-case hex.</param>
/// <param name="Serial">As <see cref="Certificate.Serial"/>.</param>
internal sealed record SeenLeaf(string Sha256, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    public static SeenLeaf Of(Certificate leaf) => new(leaf.Sha256, leaf.Serial, leaf.NotBefore, leaf.NotAfter);

    public bool Is(Certificate leaf) => Sha256 == leaf.Sha256;

    public bool Equals(SeenLeaf? other) => ReferenceEquals(this, other) || (other is not null && Sha256 == other.Sha256);

    public override int GetHashCode() => Sha256.GetHashCode(StringComparison.Ordinal);
}

/// <summary>An unknown leaf replaced another.</summary>
/// <param name="At">When it was first seen.</param>
internal sealed record LeafChange(SeenLeaf Before, SeenLeaf After, DateTimeOffset At);

/// <summary>One of the leaves of the last handshakes.</summary>
/// <param name="Share">Its share of these handshakes, from 0 to 1.</param>
internal sealed record LeafShare(string Serial, string Sha256, double Share);

/// <summary>A leaf that may come back.</summary>
/// <param name="Away">How many handshakes ago it was seen.</param>
/// <param name="Gaps">How long its last absences were, in handshakes.</param>
internal sealed record KnownLeaf(SeenLeaf Leaf, int Away, ValueList<int> Gaps)
{
    /// <summary>Beyond this number the oldest are forgotten: a server can present a new leaf each time.</summary>
    public const int Most = 64;

    private const int GapsKept = 8;

    /// <summary>
    /// How many times its longest recent absence a leaf can be absent. With N replicas, each one is met after N handshakes on average, and the
    /// longest of the last gaps is about 2N. A gap of five times that occurs once in many thousand cases.
    /// </summary>
    private const int Patience = 5;

    /// <summary>For a leaf that was seen once while others are presented in turn: its frequency is not known yet.</summary>
    private const int FirstPatience = 200;

    public KnownLeaf After(SeenLeaf seen) => seen == Leaf
        ? new KnownLeaf(Leaf, 0, Gaps.Append(Away + 1).TakeLast(GapsKept).ToValueList())
        : this with { Away = Away + 1 };

    public bool IsGone(bool inTurn) =>
        Away > (Gaps.Count > 0 ? Math.Max(LeafHistory.Window, Patience * Gaps.Max()) : inTurn ? FirstPatience : LeafHistory.Window);
}
