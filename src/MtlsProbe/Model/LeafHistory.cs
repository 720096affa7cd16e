using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>
/// The leaf certificates that one address has presented. A leaf that none of the last <see cref="Window"/> handshakes saw is a change; one
/// that comes back within them is not: then replicas behind the address disagree, and take turns.
/// </summary>
internal sealed record LeafHistory
{
    /// <summary>In handshakes.</summary>
    public const int Window = 20;

    public static readonly LeafHistory Empty = new();

    /// <summary>How often the leaf has changed.</summary>
    public long Changes { get; private init; }

    /// <summary>When it last changed; null if it never has.</summary>
    public DateTimeOffset? LastChange { get; private init; }

    /// <summary>The serial before the last change; null if it never has.</summary>
    public string? PreviousSerial { get; private init; }

    /// <summary>The leaves of the last handshakes, the one seen last at the front.</summary>
    public ValueList<LeafShare> Recent => Shares();

    /// <summary>Several leaves are presented in turn, by replicas behind one address.</summary>
    public bool InTurn { get; private init; }

    /// <summary>The leaves of the last handshakes, oldest first, at most <see cref="Window"/>.</summary>
    [JsonIgnore]
    public ValueList<Certificate> Seen { get; private init; } = [];

    /// <summary>The history after one more handshake.</summary>
    public LeafHistory With(Certificate leaf, DateTimeOffset at)
    {
        // The usual case, at no cost: nothing but this leaf for as long as we remember.
        if (Seen.Count == Window && !InTurn && Seen[0] == leaf && Seen[^1] == leaf) return this;
        var changed = Seen.Count > 0 && !Seen.Contains(leaf);
        var seen = Seen.Append(leaf).TakeLast(Window).ToValueList();
        return this with
        {
            Seen = seen,
            InTurn = TakeTurns(seen),
            Changes = changed ? Changes + 1 : Changes,
            LastChange = changed ? at : LastChange,
            PreviousSerial = changed ? Seen[^1].Serial : PreviousSerial,
        };
    }

    /// <summary>A rotation goes from one leaf to the next and never back; whatever goes back is taking turns.</summary>
    private static bool TakeTurns(ValueList<Certificate> seen)
    {
        var transitions = seen.Zip(seen.Skip(1)).Count(pair => pair.First != pair.Second);
        return transitions > seen.Distinct().Count() - 1;
    }

    private ValueList<LeafShare> Shares() =>
        Seen.Reverse().GroupBy(leaf => leaf).Select(group => new LeafShare(group.Key.Serial, group.Key.Sha256, (double)group.Count() / Seen.Count)).ToValueList();
}

/// <summary>One of the leaves of the last handshakes.</summary>
/// <param name="Share">Of these handshakes, from 0 to 1.</param>
internal sealed record LeafShare(string Serial, string Sha256, double Share);
