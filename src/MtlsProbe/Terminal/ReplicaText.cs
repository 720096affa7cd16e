using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>How the addresses of one target differ, and how many are not probed.</summary>
internal static class ReplicaText
{
    /// <summary>Maximum number of addresses listed in one group of replicas.</summary>
    private const int MostAddresses = 50;

    /// <param name="results">All results of one target.</param>
    public static void Write(ProbeResult[] results, Pen pen)
    {
        var differences = ReplicaDifferences.Among(results);
        var leftOut = results.Max(result => result.AddressesLeftOut);
        if (differences is { Addresses: > 1, Found.Count: > 0 }) Differences(differences, results[0].Target, leftOut > 0, pen);
        else if (differences.Addresses > 1)
        {
            pen.Line();
            pen.Line(leftOut > 0 ? $"The {Pen.Number(differences.Addresses)} probed addresses agree." : $"All {Pen.Number(differences.Addresses)} addresses agree.");
        }

        if (leftOut == 0) return;
        pen.Line();
        pen.Line($"{Pen.Number(leftOut)} more address{(leftOut == 1 ? " is" : "es are")} not probed (max_addresses).");
    }

    private static void Differences(ReplicaDifferences differences, string target, bool areSome, Pen pen)
    {
        pen.Section($"How the {Pen.Number(differences.Addresses)} {(areSome ? "probed " : "")}addresses of {pen.Safe(target)} differ");
        foreach (var difference in differences.Found)
        {
            pen.Line($"  {pen.Safe(difference.Question)}");
            foreach (var group in difference.Groups)
            {
                var sign = group.Good switch { true => pen.Tick, false => pen.Cross, null => pen.Dot };
                pen.Prose($"    {sign} ", "        ", $"{pen.Safe(group.Answer, 300)}: {pen.SafeList(group.Addresses, MostAddresses)}");
            }
        }
    }
}
