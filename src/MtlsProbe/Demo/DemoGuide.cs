using System.Globalization;

namespace MtlsProbe.Demo;

/// <summary>What a person reads when the demo has started: what runs where, what is wrong with it, and where to look.</summary>
internal static class DemoGuide
{
    /// <param name="url">Where the prober answers, without a slash at the end.</param>
    /// <param name="program">What to type for this program in a shell.</param>
    public static void Write(TextWriter output, DemoStage stage, string url, string program)
    {
        output.WriteLine($"{stage.Targets.Count} targets on 127.0.0.1, each probed every {DemoFiles.Interval.TotalSeconds:0} s. Ctrl-C ends the demo.");
        output.WriteLine();
        var rows = stage.Targets.Select(entry => new[] { entry.Target.Name, entry.Address.Port.ToString(CultureInfo.InvariantCulture), entry.Target.Story, entry.Target.Verdict.ToString() });
        WriteTable(output, [["TARGET", "PORT", "WHAT IT DOES", "VERDICT TO EXPECT"], .. rows]);

        var healthy = stage.Targets[0];
        output.WriteLine($"""

            Look at
              {url}/                 status page
              {url}/metrics          what Prometheus scrapes
              {url}/api/v1/targets   last result of each target, JSON

            Ask about one of them, in another terminal
              {program} probe refuses-unknown-ca --config.file {stage.Files.Configuration}
              {program} probe {healthy.Address} --server-name {healthy.Target.ServerName} --ca {stage.Files.Root} --cert {stage.Files.Certificate} --key {stage.Files.Key}

            The configuration and the credentials, made for this run, are in {stage.Files.Directory} and go away with it.
            From here on the log: a line when the verdict or the certificate of a target changes.

            """);
        output.Flush();
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows) output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
