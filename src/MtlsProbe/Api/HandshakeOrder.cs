using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>
/// The sort order of handshakes. Equal ones are in the order of the configuration, so a page is the same in each response. Those without a value come
/// last in both directions.
/// </summary>
/// <param name="Column">One of <see cref="Columns"/>.</param>
internal sealed record HandshakeOrder(string Column, bool Descending)
{
    private static readonly Dictionary<string, Func<HandshakeEntry, SortKey>> s_keys = new(StringComparer.Ordinal)
    {
        ["severity"] = entry => Key(entry.Condition.Severity()),
        ["target"] = entry => Key(entry.Key.Target),
        ["address"] = entry => Key(entry.Key.Address),
        ["identity"] = entry => Key(entry.Key.Identity),
        ["state"] = entry => Key(entry.Condition.Label()),
        ["reason"] = entry => Key(entry.Last?.Failure?.Reason.Label),
        ["server_expiry"] = entry => Key(entry.ServerLeaf?.NotAfter),
        ["client_expiry"] = entry => Key(entry.ClientLeaf?.NotAfter),
        ["server_serial"] = entry => Key(entry.ServerLeaf?.Serial),
        ["client_serial"] = entry => Key(entry.ClientLeaf?.Serial),
        ["tls"] = entry => Key(entry.State.Server?.Tls?.Version),
        ["at"] = entry => Key(entry.Last?.At),
        ["since"] = entry => Key(entry.State.Since),
        ["duration"] = entry => Key(entry.Last is { } last ? BitConverter.DoubleToInt64Bits(last.Timings.Total) : null), // sorted like the numbers, because none is negative
    };

    /// <summary>The worst first.</summary>
    public static HandshakeOrder Default { get; } = new("severity", Descending: false);

    public static IReadOnlyCollection<string> Columns => s_keys.Keys;

    public HandshakeEntry[] Sort(IEnumerable<HandshakeEntry> entries)
    {
        var key = s_keys[Column];
        HandshakeEntry[] sorted = [.. entries];
        var keys = Array.ConvertAll(sorted, entry => key(entry) with { Order = entry.Order });
        Array.Sort(keys, sorted, Comparer<SortKey>.Create(Compare));
        return sorted;
    }

    private int Compare(SortKey one, SortKey other)
    {
        if (one.IsMissing != other.IsMissing) return one.IsMissing ? 1 : -1;
        var difference = one.Text is not null ? string.CompareOrdinal(one.Text, other.Text) : one.Number.CompareTo(other.Number);
        return difference == 0 ? one.Order.CompareTo(other.Order) : Descending ? -difference : difference;
    }

    private static SortKey Key(string? text) => new(text is null, text, 0);

    private static SortKey Key(long? number) => new(number is null, null, number ?? 0);

    private static SortKey Key(DateTimeOffset? time) => Key(time?.UtcTicks);

    private readonly record struct SortKey(bool IsMissing, string? Text, long Number)
    {
        public int Order { get; init; }
    }
}
