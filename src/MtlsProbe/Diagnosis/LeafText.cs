using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Diagnosis;

/// <summary>The leaves that one address has presented, in words.</summary>
internal static class LeafText
{
    /// <summary>Replicas can be many; who needs them all has the record.</summary>
    private const int Shown = 5;

    /// <summary>The leaves of the last handshakes with their shares, as <c>serial 0a in 60 %, serial 0b in 40 % of the last 20 handshakes</c>.</summary>
    /// <param name="safe">Makes text of a peer safe to print.</param>
    public static string Shares(LeafHistory leaves, Func<string, string> safe)
    {
        var recent = leaves.Recent;
        var shown = recent.Take(Shown).Select(leaf => string.Create(CultureInfo.InvariantCulture, $"serial {safe(leaf.Serial)} in {leaf.Share * 100:N0} %"));
        var more = recent.Count > Shown ? $" {Pen.AndMore(recent.Count - Shown)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", shown)}{more} of the last {leaves.Seen.Count} handshakes");
    }

    /// <summary>What the history adds to a diagnosis; nothing where the leaf has always been the same.</summary>
    public static void Write(LeafHistory leaves, Pen pen)
    {
        if (leaves.InTurn)
        {
            pen.Prose($"  {pen.Dot} ", "    ", pen.Warning("replicas behind this address take turns with different certificates:")
                + $" {Shares(leaves, text => pen.Safe(text, 64))}");
        }
        else if (leaves is { LastChange: { } time, PreviousSerial: { } previous })
        {
            pen.Line(string.Create(CultureInfo.InvariantCulture, $"  {pen.Dot} in place of serial {pen.Safe(previous, 64)} since {time.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}"));
        }
    }
}
