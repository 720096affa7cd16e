using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>
/// The results of many handshakes as text: for each target the diagnoses, and at the end in what its replicas differ. Where a target has
/// many results, what succeeded takes one line each, so that nobody has to search for what did not.
/// </summary>
internal static class SurveyText
{
    /// <summary>Results of one target that are all told in full.</summary>
    private const int MostInFull = 6;

    /// <summary>Failures of one target that are told in full; a name with a hundred dead addresses has a hundred alike.</summary>
    private const int MostFailures = 10;

    /// <summary>Addresses named in one group of replicas.</summary>
    private const int MostAddresses = 50;

    /// <param name="results">Those of one target stand together.</param>
    /// <param name="output">Its encoding decides between box drawing and ASCII.</param>
    /// <param name="color">Whether to use ANSI colours.</param>
    /// <param name="now">For "days left".</param>
    public static void Write(IReadOnlyList<ProbeResult> results, TextWriter output, bool color, DateTimeOffset now)
    {
        var pen = new Pen(output, color);
        for (var first = 0; first < results.Count;)
        {
            ProbeResult[] ofTarget = [.. results.Skip(first).TakeWhile(result => result.Target == results[first].Target)];
            if (first > 0) pen.Line();
            Target(ofTarget, pen, now);
            first += ofTarget.Length;
        }
    }

    private static void Target(ProbeResult[] results, Pen pen, DateTimeOffset now)
    {
        ProbeResult[] inFull = results.Length <= MostInFull ? results : [.. results.Where(result => !result.Success).Take(MostFailures)];
        for (var i = 0; i < inFull.Length; i++)
        {
            if (i > 0) pen.Line();
            DiagnosisText.Write(inFull[i], pen, now);
        }

        ProbeResult[] inShort = [.. results.Where(result => !inFull.Contains(result, ReferenceEqualityComparer.Instance))];
        if (inShort.Length > 0)
        {
            if (inFull.Length > 0) pen.Line();
            Rows(results, inShort, pen);
        }

        Replicas(results, pen);
    }

    private static void Rows(ProbeResult[] all, ProbeResult[] shown, Pen pen)
    {
        var good = all.Count(result => result.Success);
        pen.Line(pen.Strong($"{pen.Safe(all[0].Target)}: {(good == all.Length ? "all" : Pen.Number(good) + " of")} {Pen.Number(all.Length)} handshakes went as they should"));
        var table = new Table("", "ADDRESS", "IDENTITY", "OUTCOME", "SHOWN BY", "SERVER'S SERIAL");
        foreach (var result in shown)
        {
            table.Add(
                result.Success ? pen.Tick : pen.Cross,
                pen.Safe(result.Address),
                pen.Safe(CredentialText.Purpose(result.Identity, result.Slot, result.Expect)),
                result.Outcome.Label() + (result.Failure is { } failure ? $", {failure.Reason.Label}" : ""),
                result.Evidence?.Label() ?? "",
                result.ServerCertificates.Count > 0 ? pen.Safe(result.ServerCertificates[0].Serial, 64) : "");
        }

        table.Write(pen);
    }

    private static void Replicas(ProbeResult[] results, Pen pen)
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
