using MtlsProbe.Metrics;

namespace MtlsProbe.Tests.Metrics;

/// <summary>Prometheus' own tool reads our output.</summary>
public sealed class PromtoolTest
{
    [NeedsFact("promtool")]
    public async Task Promtool_finds_nothing_to_say_about_the_metrics()
    {
        var read = await ReadExposition.OfAsync(Samples.Everything(), Samples.OwnMetrics().Registry);
        var (exitCode, said) = await Promtool(read.Text, "check", "metrics");

        Assert.Equal((0, ""), (exitCode, said));
    }

    [NeedsFact("promtool")]
    public async Task Promtool_finds_nothing_to_say_about_the_metrics_of_one_probe()
    {
        var (exitCode, said) = await Promtool(ReadExposition.OfProbe([.. Samples.Everything().Handshakes]).Text, "check", "metrics");

        Assert.Equal((0, ""), (exitCode, said));
    }

    /// <summary>The only promtool command that reads OpenMetrics imports it, and requires a time for each sample.</summary>
    [NeedsFact("promtool")]
    public async Task Promtool_imports_every_sample_of_OpenMetrics()
    {
        var read = await ReadExposition.OfAsync(Samples.Everything(), Samples.OwnMetrics().Registry, ExpositionFormat.OpenMetrics);
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

    [NeedsFact("promtool")]
    public Task The_query_that_says_ready_is_silent_while_the_files_of_next_are_broken() => Answers("# Ready,", """
          - { series: 'mtlsprobe_client_certificate_accepted{identity="checkout", slot="next", target="a"}', values: '1 1 0' }
          - { series: 'mtlsprobe_success{identity="checkout", slot="current", target="a"}', values: '1 1 1' }
          - { series: 'mtlsprobe_identity_loaded{identity="checkout", slot="next"}', values: '1 0 1' }
          promql_expr_test:
          - { eval_time: 0m, expr: QUERY, exp_samples: [{ labels: "{}", value: 1 }] }
          - { eval_time: 1m, expr: QUERY }
          - { eval_time: 2m, expr: QUERY }
        """);

    /// <summary>Without the retired identity nothing is let in, and nothing is known: the rotation is not over for that.</summary>
    [NeedsFact("promtool")]
    public Task The_query_that_says_over_is_silent_until_every_address_refuses_the_retired_credential() => Answers("# Over,", """
          - { series: 'mtlsprobe_success{identity="checkout", slot="current", target="a"}', values: '1 1 1' }
          - { series: 'mtlsprobe_success{identity="checkout", slot="current", target="b"}', values: '1 1 1' }
          - { series: 'mtlsprobe_rejection_enforced{identity="checkout-retired", target="a"}', values: '_ 1 1' }
          - { series: 'mtlsprobe_rejection_enforced{identity="checkout-retired", target="b"}', values: '_ 0 1' }
          promql_expr_test:
          - { eval_time: 0m, expr: QUERY }
          - { eval_time: 1m, expr: QUERY }
          - { eval_time: 2m, expr: QUERY, exp_samples: [{ labels: "{}", value: 2 }] }
        """);

    /// <summary>Evaluates the query that follows <paramref name="comment"/> in docs/rotation.md; <paramref name="cases"/> begin with the input series.</summary>
    private static async Task Answers(string comment, string cases)
    {
        var guide = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "rotation.md"));
        var lines = guide[guide.IndexOf(comment, StringComparison.Ordinal)..].Split("```")[0].Split("\n\n")[0].Split('\n');
        var query = string.Join(' ', lines.Where(line => !line.StartsWith('#'))).Trim().Replace("\"", "\\\"", StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"evaluation_interval: 1m\ntests:\n- interval: 1m\n  input_series:\n{cases.Replace("QUERY", $"\"{query}\"", StringComparison.Ordinal)}\n");
            var (exitCode, said) = await Promtool("", "test", "rules", file);

            Assert.True(exitCode == 0, said);
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

    private static Task<(int ExitCode, string Said)> Promtool(string input, params string[] arguments) => Tool.Run(input, "promtool", arguments);
}
