using System.Text.Json;
using MtlsProbe.Model;
using MtlsProbe.Terminal;

namespace MtlsProbe.Cli;

/// <summary>How to write the results of <c>mtlsprobe probe</c>.</summary>
/// <param name="IsFleet">A table and the failures; otherwise every diagnosis.</param>
/// <param name="OnlyFailed">Omits handshakes that are as expected.</param>
/// <param name="Verbose">Every diagnosis, even for a fleet.</param>
internal sealed record ProbeForm(bool IsFleet, bool OnlyFailed, bool Verbose, bool Json)
{
    public void Write(IReadOnlyList<ProbeResult> results, Surroundings surroundings)
    {
        IReadOnlyList<ProbeResult> shown = OnlyFailed ? [.. results.Where(result => !result.Success)] : results;
        var now = surroundings.Time.GetUtcNow();
        if (Json) surroundings.Output.WriteLine(JsonSerializer.Serialize(shown, ProbeResultJson.Pretty.IReadOnlyListProbeResult));
        else if (!IsFleet || Verbose)
        {
            SurveyText.Write(shown, surroundings.Pen, now, isWhole: Verbose);
            if (results.Count > 1) Sum(results, afterText: shown.Count > 0, surroundings.Output);
        }
        else new FleetText(surroundings.Pen, now).Write(results, OnlyFailed);
    }

    private static void Sum(IReadOnlyList<ProbeResult> results, bool afterText, TextWriter output)
    {
        if (afterText) output.WriteLine();
        var bad = results.Where(result => !result.Success).Select(result => result.Target).Distinct().ToList();
        output.WriteLine(bad.Count == 0
            ? FormattableString.Invariant($"All {results.Count:N0} probes succeeded.")
            : FormattableString.Invariant($"{results.Count(result => !result.Success):N0} of {results.Count:N0} probes did not succeed: {string.Join(", ", bad)}"));
    }
}
