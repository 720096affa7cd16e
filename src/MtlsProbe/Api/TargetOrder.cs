using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>
/// The sort order of targets. Equal ones have the newest change first if the column is the severity, and otherwise the order of the configuration;
/// those without a value come last in both directions.
/// </summary>
/// <param name="Column">One of <see cref="Columns"/>.</param>
internal sealed record TargetOrder(string Column, bool Descending)
{
    /// <summary>After every condition: a healthy target whose certificate expires soon.</summary>
    private const int Levels = 8;

    private static readonly Dictionary<string, Func<TargetEntry, SortKey>> s_keys = new(StringComparer.Ordinal)
    {
        ["severity"] = entry => new(false, null, (entry.Condition.Severity() * Levels) + (int)(entry.Expiring ?? (ExpiryLevel)(Levels - 1)), -(entry.Leading?.State.Since?.UtcTicks ?? 0)),
        ["target"] = entry => Key(entry.Target.Name),
        ["identity"] = entry => Key(entry.Target.Identity),
        ["expiring"] = entry => Key((int?)entry.Expiring),
        ["server_expiry"] = entry => Key(entry.ServerLeaf?.NotAfter.UtcTicks),
        ["client_expiry"] = entry => Key(entry.ClientLeaf?.NotAfter.UtcTicks),
        ["since"] = entry => Key(entry.Leading?.State.Since?.UtcTicks),
        ["at"] = entry => Key(entry.At?.UtcTicks),
    };

    /// <summary>The worst first, and among equal ones the newest.</summary>
    public static TargetOrder Default { get; } = new("severity", Descending: false);

    public static IReadOnlyCollection<string> Columns => s_keys.Keys;

    public TargetEntry[] Sort(IEnumerable<TargetEntry> entries)
    {
        var key = s_keys[Column];
        TargetEntry[] sorted = [.. entries];
        var keys = Array.ConvertAll(sorted, entry => key(entry) with { Order = entry.Order });
        Array.Sort(keys, sorted, Comparer<SortKey>.Create(Compare));
        return sorted;
    }

    private int Compare(SortKey one, SortKey other)
    {
        if (one.IsMissing != other.IsMissing) return one.IsMissing ? 1 : -1;
        var difference = one.Text is not null ? string.CompareOrdinal(one.Text, other.Text) : one.Number.CompareTo(other.Number);
        if (difference != 0) return Descending ? -difference : difference;
        return one.Then == other.Then ? one.Order.CompareTo(other.Order) : one.Then.CompareTo(other.Then);
    }

    private static SortKey Key(string text) => new(false, text, 0, 0);

    private static SortKey Key(long? number) => new(number is null, null, number ?? 0, 0);

    private readonly record struct SortKey(bool IsMissing, string? Text, long Number, long Then)
    {
        public int Order { get; init; }
    }
}
