using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MtlsProbe.Fuzz;

/// <summary>Feeds the parsers of MtlsProbe with bad input, and reports what they do wrong.</summary>
internal static class Fuzzing
{
    private const int Found = 1;
    private const int Usage = 2;

    /// <param name="args">As in <c>--help</c>.</param>
    /// <returns>0: nothing found; 1: a finding; 2: wrong usage.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (FuzzOptions.Parse(args, error) is not { } options) return Usage;
        if (options.Help)
        {
            output.WriteLine(FuzzOptions.HelpText);
            foreach (var entry in AllEntries.Known) output.WriteLine($"  {entry.Name,-14}{entry.Does}");
            return 0;
        }

        var findings = new Findings(options.FindingsFolder, output);
        using var watchdog = new Watchdog(findings);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => watchdog.Dispose());
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => watchdog.Dispose());
        if (options.Input is { } file) return Repeat(options.Entries[0], file, watchdog, findings, output);

        output.WriteLine(FormattableString.Invariant($"seed {options.Seed}"));
        foreach (var entry in options.Entries)
        {
            new EntryRun(entry, options, watchdog, findings, output).Go(Share(options));
        }

        output.WriteLine(findings.Count == 0 ? "nothing found" : FormattableString.Invariant($"{findings.Count} found"));
        return findings.Count == 0 ? 0 : Found;
    }

    /// <summary>The time for one entry, if all entries share a total.</summary>
    private static TimeSpan? Share(FuzzOptions options) =>
        options.Inputs is not null ? null : options.Duration / options.Entries.Count;

    private static int Repeat(FuzzEntry entry, string file, Watchdog watchdog, Findings findings, TextWriter output)
    {
        var input = File.ReadAllBytes(file);
        var started = Stopwatch.GetTimestamp();
        var trial = new Trial(entry, watchdog).Of(input);
        var took = Stopwatch.GetElapsedTime(started);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{entry.Name}: {trial.Problem ?? trial.Word} ({took.TotalMilliseconds:0.0} ms, {trial.Allocated / 1024} KiB)"));
        if (trial.Problem is null) return 0;
        output.WriteLine(trial.Stack);
        return Found;
    }
}
