using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A leaf that may come back.</summary>
/// <param name="Away">How many handshakes ago it was seen.</param>
/// <param name="Gaps">How long its last absences were, in handshakes.</param>
internal sealed record KnownLeaf(SeenLeaf Leaf, int Away, ValueList<int> Gaps)
{
    /// <summary>Beyond this number the oldest are forgotten: a server can present a new leaf each time.</summary>
    public const int Most = 64;

    public const int GapsKept = 8;

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
