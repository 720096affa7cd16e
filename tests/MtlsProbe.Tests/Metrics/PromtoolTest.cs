using System.Diagnostics;
using System.Text.RegularExpressions;
using MtlsProbe.Metrics;

namespace MtlsProbe.Tests.Metrics;

/// <summary>Prometheus' own tool reads what we write.</summary>
public sealed partial class PromtoolTest
{
    [NeedsFact("promtool")]
    public async Task Promtool_finds_nothing_to_say_about_the_metrics()
    {
        var (exitCode, said) = await Promtool(ReadExposition.Of(Samples.Everything()).Text, "check", "metrics");

        Assert.Equal((0, ""), (exitCode, said));
    }

    [NeedsFact("promtool")]
    public async Task Promtool_finds_nothing_to_say_about_the_metrics_of_one_probe()
    {
        var (exitCode, said) = await Promtool(ReadExposition.OfProbe([.. Samples.Everything().Handshakes]).Text, "check", "metrics");

        Assert.Equal((0, ""), (exitCode, said));
    }

    /// <summary>The one command of promtool that reads OpenMetrics imports it, and wants a time with each sample.</summary>
    [NeedsFact("promtool")]
    public async Task Promtool_imports_every_sample_of_OpenMetrics()
    {
        var read = ReadExposition.Of(Samples.Everything(), ExpositionFormat.OpenMetrics);
        var timed = string.Concat(read.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.StartsWith('#') ? line + "\n" : line + " 1795284000\n"));
        var folder = Directory.CreateTempSubdirectory("mtlsprobe-");
        try
        {
            var file = Path.Combine(folder.FullName, "metrics");
            await File.WriteAllTextAsync(file, timed);
            var (exitCode, said) = await Promtool("", "tsdb", "create-blocks-from", "openmetrics", file, Path.Combine(folder.FullName, "tsdb"));

            Assert.True(exitCode == 0, said);
            Assert.Contains($" {read.Samples.Count} ", said, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [NeedsTheory("promtool")]
    [InlineData("metrics.md")]
    [InlineData("rotation.md")]
    public async Task Promtool_reads_every_query_of_the_documentation(string page)
    {
        var documentation = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", page));
        var queries = Query().Matches(documentation).SelectMany(match => match.Groups["query"].Value.Split("\n\n")).ToList();
        Assert.True(queries.Count >= 20, page);
        var rules = string.Concat(queries.Select((query, i) => $"  - record: documented:query{i}\n    expr: |\n      {query.Trim().Replace("\n", "\n      ", StringComparison.Ordinal)}\n"));
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "groups:\n- name: documentation\n  rules:\n" + rules);
            var (exitCode, said) = await Promtool("", "check", "rules", file);

            Assert.True(exitCode == 0, said);
            Assert.Contains($"{queries.Count} rules found", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [NeedsFact("promtool")]
    public async Task Promtool_takes_the_example_of_a_scrape_configuration()
    {
        var (exitCode, said) = await Promtool("", "check", "config", Path.Combine(Repository.Root, "examples", "prometheus.yml"));

        Assert.True(exitCode == 0, said);
    }

    [GeneratedRegex("```promql\n(?<query>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Query();

    private static async Task<(int ExitCode, string Said)> Promtool(string input, params string[] arguments)
    {
        using var promtool = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = promtool.StandardOutput.ReadToEndAsync();
        var error = promtool.StandardError.ReadToEndAsync();
        await promtool.StandardInput.WriteAsync(input);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync();
        return (promtool.ExitCode, await output + await error);
    }
}
