using System.Globalization;
using System.Text;

namespace MtlsProbe.Text;

/// <summary>
/// Durations in Prometheus' syntax: whole numbers with the units y, w, d, h, m, s, ms, each at most once and from large to small.
/// </summary>
internal static class Duration
{
    private static readonly (string Unit, long Milliseconds)[] s_units =
    [
        ("y", 365L * 86_400_000), ("w", 7L * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ];

    /// <summary>Reads <c>30s</c>, <c>1m30s</c> or <c>0</c>; null if it is not a duration, or longer than 292 years.</summary>
    public static TimeSpan? TryParse(ReadOnlySpan<char> text)
    {
        if (text is "0") return TimeSpan.Zero;
        if (text.IsEmpty) return null;
        decimal total = 0;
        var next = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 18) return null;
            var rest = text[digits..];
            var letters = rest.IndexOfAnyExceptInRange('a', 'z');
            var unit = letters < 0 ? rest : rest[..letters];
            while (next < s_units.Length && !unit.SequenceEqual(s_units[next].Unit)) next++;
            if (next == s_units.Length) return null;
            total += long.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture) * (decimal)s_units[next++].Milliseconds;
            text = rest[unit.Length..];
        }

        return total > long.MaxValue / 1_000_000 ? null : TimeSpan.FromMilliseconds((long)total);
    }

    /// <summary>Writes a duration so that <see cref="TryParse"/> reads it back; fractions of a millisecond are dropped.</summary>
    public static string Format(TimeSpan duration)
    {
        var rest = (long)duration.TotalMilliseconds;
        if (rest <= 0) return "0s";
        var text = new StringBuilder();
        foreach (var (unit, milliseconds) in s_units)
        {
            if (unit is "w" || (unit is "y" && rest < 2 * milliseconds)) continue; // these are hard to read
            if (rest >= milliseconds) text.Append(CultureInfo.InvariantCulture, $"{rest / milliseconds}{unit}");
            rest %= milliseconds;
        }

        return text.ToString();
    }
}
