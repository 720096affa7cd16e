using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>The leaves that one address has presented, for a terminal.</summary>
internal static class LeafText
{
    /// <summary>Adds the history to a diagnosis; nothing if the leaf has always been the same.</summary>
    public static void Write(LeafHistory leaves, Pen pen)
    {
        if (leaves.InTurn)
        {
            pen.Prose($"  {pen.Dot} ", "    ", pen.Warning("replicas behind this address present different certificates in turn:")
                + $" {LeafShares.Of(leaves, text => pen.Safe(text, 64))}");
        }
        else if (leaves is { LastChange: { } time, PreviousSerial: { } previous })
        {
            pen.Line(string.Create(CultureInfo.InvariantCulture, $"  {pen.Dot} replaced serial {pen.Safe(previous, 64)} at {Times.Second(time)}"));
        }
    }
}
