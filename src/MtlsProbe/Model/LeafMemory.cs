using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The leaves of the last handshakes, and those that may come back. Nearly every address presents one leaf for months: then both lists follow from the
/// leaf and a number, and only these are kept.
/// </summary>
internal abstract record LeafMemory
{
    public static readonly LeafMemory Empty = new Several([], []);

    /// <summary>Oldest first, at most <see cref="LeafHistory.Window"/>.</summary>
    public abstract ValueList<SeenLeaf> Seen { get; }

    public abstract ValueList<KnownLeaf> Known { get; }

    public static LeafMemory With(ValueList<SeenLeaf> seen, ValueList<KnownLeaf> known)
    {
        if (known.Count != 1) return new Several(seen, known);
        var single = new Single(known[0].Leaf, seen.Count);
        return single.Seen == seen && single.Known == known ? single : new Several(seen, known);
    }

    /// <summary>Whether it would be the same after one more handshake with this leaf.</summary>
    public bool IsFullOf(Certificate leaf) => this is Single { Times: LeafHistory.Window } single && single.Leaf.Is(leaf);

    /// <summary>What is kept of a leaf: the same object as before, if it is remembered.</summary>
    public SeenLeaf Of(Certificate leaf) => Known.Select(one => one.Leaf).Concat(Seen).FirstOrDefault(seen => seen.Is(leaf)) ?? leaf.Seen;

    /// <summary>One leaf, presented so many times in a row, and no other that may come back.</summary>
    private sealed record Single(SeenLeaf Leaf, int Times) : LeafMemory
    {
        public override ValueList<SeenLeaf> Seen => Enumerable.Repeat(Leaf, Times).ToValueList();

        public override ValueList<KnownLeaf> Known => [new KnownLeaf(Leaf, 0, Enumerable.Repeat(1, Math.Min(Times - 1, KnownLeaf.GapsKept)).ToValueList())];
    }

    /// <summary>Everything else.</summary>
    private sealed record Several(ValueList<SeenLeaf> SeenLeaves, ValueList<KnownLeaf> KnownLeaves) : LeafMemory
    {
        public override ValueList<SeenLeaf> Seen => SeenLeaves;

        public override ValueList<KnownLeaf> Known => KnownLeaves;
    }
}
