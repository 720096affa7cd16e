using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>
/// The results of a fleet as text: a line for each handshake, then the failures, each cause once. <see cref="DiagnosisText"/> shows everything about
/// one handshake.
/// </summary>
internal sealed class FleetText(Pen pen, DateTimeOffset now)
{
    /// <summary>Maximum number of printed causes; a fleet that is down has one, or a few.</summary>
    private const int MostCauses = 20;

    /// <summary>Maximum number of handshakes listed for one cause; the table has them all.</summary>
    private const int MostNamed = 10;

    /// <summary>Maximum number of targets whose replicas are compared.</summary>
    private const int MostCompared = 10;

    /// <param name="results">Those of one target are adjacent.</param>
    /// <param name="onlyFailed">Whether the table omits handshakes that are as expected.</param>
    public void Write(IReadOnlyList<ProbeResult> results, bool onlyFailed)
    {
        Rows(onlyFailed ? results.Where(result => !result.Success) : results);
        var causes = results.Where(result => !result.Success).GroupBy(Cause).OrderByDescending(group => group.Count()).ToList();
        foreach (var cause in causes.Take(MostCauses)) Tell([.. cause]);
        if (causes.Count > MostCauses)
        {
            pen.Line();
            pen.Line($"{Pen.AndMore(causes.Count - MostCauses)} causes; --verbose shows every handshake.");
        }

        Replicas(results);
        pen.Line();
        pen.Line(Summary(results));
    }

    /// <summary>The last line, for grep.</summary>
    private string Summary(IReadOnlyList<ProbeResult> results)
    {
        var bad = results.Where(result => !result.Success).ToList();
        if (results.Count == 0) return $"{pen.Cross} No handshakes were made: there are no targets.";
        if (bad.Count == 0) return $"{pen.Tick} All {Counts.Of(results.Count, "handshake")} were as expected.";
        var targets = bad.Select(result => result.Target).Distinct().ToList();
        return $"{pen.Cross} {Pen.Number(bad.Count)} of {Counts.Of(results.Count, "handshake")} were not as expected: {pen.SafeList(targets, limit: 100)}";
    }

    private void Rows(IEnumerable<ProbeResult> results)
    {
        var table = new Table("", "TARGET", "ADDRESS", "IDENTITY", "VERDICT", "REASON", "SERVER CERTIFICATE", "SHOWN BY") { Optional = ["ADDRESS", "SERVER CERTIFICATE", "SHOWN BY"] };
        foreach (var result in results)
        {
            var word = VerdictText.Words(result);
            table.Add(
                result.Success ? pen.Tick : pen.Cross,
                pen.Safe(result.Target),
                pen.Safe(result.Address),
                pen.Safe(result.Slot == Slot.Next ? CredentialText.Name(result.Identity, result.Slot) : result.Identity),
                result.Success ? pen.Good(word) : pen.Bad(word),
                result.Failure?.Reason.Label ?? "",
                result.ServerCertificates.Count > 0 ? ValidityText.Left(result.ServerCertificates[0], now, pen) : "",
                result.Evidence?.Label() ?? "");
        }

        table.Write(pen);
    }

    /// <summary>Without the hint, which can quote one server.</summary>
    private static (string Words, string Headline, Reason? Reason) Cause(ProbeResult result) => (VerdictText.Words(result), VerdictText.Headline(result), result.Failure?.Reason);

    /// <summary>Handshakes with the same cause: which ones, the evidence from the first, and what to do.</summary>
    private void Tell(ProbeResult[] alike)
    {
        var first = alike[0];
        pen.Line();
        pen.Prose($"{pen.Cross} ", "  ", $"{pen.Strong(pen.Bad(VerdictText.Words(first)))}: {pen.Safe(VerdictText.Headline(first), 500)}");
        foreach (var result in alike.Take(MostNamed))
            pen.Prose("    ", "      ", $"{pen.Safe(result.Target)} ({pen.Safe(result.Address)}), {pen.Safe(CredentialText.Purpose(result.Identity, result.Slot, result.Expect))}");
        if (alike.Length > MostNamed) pen.Line($"    {Pen.AndMore(alike.Length - MostNamed)}");
        if (first.Failure is not { } failure) return;
        if (first.Evidence is { } evidence) Field("evidence", EvidenceText.Of(evidence, failure.Alert));
        if (failure.Detail.Length > 0) Field("detail", (alike.Length > 1 ? $"of {pen.Safe(first.Target)}: " : "") + pen.Safe(failure.Detail, 600));
        foreach (var advice in VerdictText.Advice(first)) Field("do", pen.Safe(advice, 1000));
        Field("more", failure.Reason.Command);
    }

    private void Field(string name, string text) => pen.Prose($"  {name,-9} ", new string(' ', 12), text);

    private void Replicas(IReadOnlyList<ProbeResult> results)
    {
        foreach (var target in results.GroupBy(result => result.Target).Where(Differ).Take(MostCompared)) ReplicaText.Write([.. target], pen);
        var leftOut = results.Where(result => result.AddressesLeftOut > 0).DistinctBy(result => result.Target)
            .Select(result => $"{result.Target} ({Counts.Of(result.AddressesLeftOut, "address", "addresses")})").ToList();
        if (leftOut.Count == 0) return;
        pen.Line();
        pen.Prose("", "", $"Not probed, because of max_addresses: {pen.SafeList(leftOut, MostNamed)}.");
    }

    private static bool Differ(IGrouping<string, ProbeResult> target) => ReplicaDifferences.Among([.. target]) is { Addresses: > 1, Found.Count: > 0 };
}
