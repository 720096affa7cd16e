using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>
/// The results of many handshakes as text: for each target the diagnoses, then the differences between its replicas. If a target has many results,
/// successful ones take one line each, so that failures are easy to find.
/// </summary>
internal static class SurveyText
{
    /// <summary>Maximum number of results per target that are all printed in full.</summary>
    private const int MostInFull = 6;

    /// <summary>
    /// Maximum number of failures per target that are printed in full; a name with a hundred dead addresses has a hundred equal ones.
    /// </summary>
    private const int MostFailures = 10;

    /// <param name="results">Those of one target are adjacent.</param>
    /// <param name="now">For "days left".</param>
    /// <param name="isWhole">Whether every diagnosis is printed, however many there are.</param>
    public static void Write(IReadOnlyList<ProbeResult> results, Pen pen, DateTimeOffset now, bool isWhole = false)
    {
        for (var first = 0; first < results.Count;)
        {
            ProbeResult[] ofTarget = [.. results.Skip(first).TakeWhile(result => result.Target == results[first].Target)];
            if (first > 0) pen.Line();
            Target(ofTarget, pen, now, isWhole);
            first += ofTarget.Length;
        }
    }

    private static void Target(ProbeResult[] results, Pen pen, DateTimeOffset now, bool isWhole)
    {
        ProbeResult[] inFull = isWhole || results.Length <= MostInFull ? results : [.. results.Where(result => !result.Success).Take(MostFailures)];
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

        ReplicaText.Write(results, pen);
    }

    private static void Rows(ProbeResult[] all, ProbeResult[] shown, Pen pen)
    {
        var good = all.Count(result => result.Success);
        pen.Line(pen.Strong($"{pen.Safe(all[0].Target)}: {(good == all.Length ? "all" : Pen.Number(good) + " of")} {Pen.Number(all.Length)} handshakes were as expected"));
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
}
