using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The shares of the leaves that one address presents, as text.</summary>
internal static class LeafShares
{
    /// <summary>Maximum number shown; the record has all of them.</summary>
    private const int Shown = 5;

    /// <summary>The leaves of the last handshakes with their shares, as <c>serial 0a (60 %), serial 0b (40 %), of the last 20 handshakes</c>.</summary>
    /// <param name="safe">Makes text of a peer safe to print.</param>
    public static string Of(LeafHistory leaves, Func<string, string> safe)
    {
        var recent = leaves.Recent;
        var shown = recent.Take(Shown).Select(leaf => string.Create(CultureInfo.InvariantCulture, $"serial {safe(leaf.Serial)} ({leaf.Share * 100:N0} %)"));
        var more = recent.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $" and {recent.Count - Shown:N0} more") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", shown)}{more}, of the last {leaves.Seen.Count} handshakes");
    }
}
