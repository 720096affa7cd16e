using System.Diagnostics;
using System.Text.RegularExpressions;
using MtlsProbe.Tests.PromQl;

namespace MtlsProbe.Tests.Alerts;

/// <summary>Queries in the documentation are valid PromQL, with metrics that exist.</summary>
public sealed partial class DocumentedQueriesTests
{
    /// <summary>Labels that the pages' examples give to targets.</summary>
    private static readonly string[] s_targetLabels = ["team", "replica_certificates"];

    /// <summary>Metrics of other programs that the pages mention: Prometheus, Alertmanager and the kubelet expose their own state.</summary>
    private static readonly string[] s_others = ["prometheus_", "alertmanager_", "container_"];

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> s_pages =
        Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => (Page: Path.GetRelativePath(Repository.Root, file), Queries: Queries(File.ReadAllText(file))))
            .Where(page => page.Queries.Count > 0).ToDictionary(page => page.Page, page => page.Queries);

    public static TheoryData<string> Pages => [.. s_pages.Keys];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_metric_and_label_in_the_queries_of_a_page_exists(string page)
    {
        var known = KnownMetrics.Exposed.With(ShippedRules.Recorded());

        foreach (var query in s_pages[page])
            Assert.Empty(known.Unknown(query, s_targetLabels).Where(name => !s_others.Any(other => name.StartsWith(other, StringComparison.Ordinal))).Select(name => $"{name} in {query}"));
    }

    [NeedsFact("promtool")]
    public async Task Promtool_reads_every_query()
    {
        var queries = s_pages.Values.SelectMany(page => page).ToList();
        Assert.True(queries.Count > 150);
        var rules = string.Concat(queries.Select((query, i) => $"  - record: documented:query{i}\n    expr: |\n      {query.Replace("\n", "\n      ", StringComparison.Ordinal)}\n"));
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "groups:\n- name: documentation\n  rules:\n" + rules);
            using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "rules", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = promtool.StandardError.ReadToEndAsync();
            var said = await promtool.StandardOutput.ReadToEndAsync();
            await promtool.WaitForExitAsync();

            Assert.True(promtool.ExitCode == 0, said + await error);
            Assert.Contains($"{queries.Count} rules found", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A block has one or more queries, separated by empty lines; a block in a list is indented like its text.</summary>
    private static IReadOnlyList<string> Queries(string page) =>
    [
        .. Block().Matches(page).SelectMany(block => block.Groups["queries"].Value.Replace("\n" + block.Groups["indent"].Value, "\n", StringComparison.Ordinal).Split("\n\n"))
            .Select(query => query.Trim()).Where(query => query.Length > 0),
    ];

    [GeneratedRegex("^(?<indent> *)```promql(?<queries>\n.*?)```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
