using System.Globalization;
using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Alerts;

/// <summary>The script that turns days into minutes, so that alerts can be seen and tested.</summary>
public sealed partial class ShortenTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mtlsprobe-");

    public void Dispose() => _folder.Delete(recursive: true);

    [NeedsFact("promtool", "awk")]
    public async Task Promtool_finds_nothing_to_say_about_the_shortened_rules()
    {
        var output = Path.Combine(_folder.FullName, "rules");
        var (exitCode, said) = await Tool.Run("", Script, "60", output);
        Assert.True(exitCode == 0, said);
        var files = Directory.GetFiles(output);
        Assert.Equal(AlertFiles.RuleFiles.Select(Path.GetFileName), files.Select(Path.GetFileName).Order(StringComparer.Ordinal));

        (exitCode, said) = await Tool.Run("", "promtool", ["check", "rules", "--lint=all", "--lint-fatal", .. files]);
        Assert.True(exitCode == 0, said);
    }

    [NeedsFact("awk")]
    public async Task Divided_by_one_the_rules_are_what_they_were()
    {
        var (exitCode, said) = await Tool.Run("", Script, "1", _folder.FullName);
        Assert.True(exitCode == 0, said);
        foreach (var file in AlertFiles.RuleFiles)
        {
            var shortened = await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, Path.GetFileName(file)));
            Assert.Equal((await File.ReadAllLinesAsync(file)).Select(InSeconds), shortened[1..].Select(InSeconds));
        }
    }

    [NeedsFact("awk")]
    public async Task Every_duration_is_divided_and_nothing_else_is_touched()
    {
        var shortened = await Shortened("60", """
            groups:
            - name: "5m of rules"    # 10m
              interval: 1m  # by default 1m
              limit: 60
              rules:
              - record: a:b:rate5m
                expr: rate(b{c="[5m]", d!~'\'offset 1h'}[5m] offset 1h) > 14 * 86400 # [5m]
              - alert: A
                expr: |
                  max_over_time(a[1h30m:]) and b offset -1d  # offset 1h
                  or b{c=`[1h]`, offset="1h"}[30s:1m]
                  unless a[500ms] > 1e3
                for: 5m
                keep_firing_for: 0s
                labels: { severity: 10m }
                annotations: &text
                  summary: For 10m [5m]
                  description: >-
                    for: 10m

                    offset 5m
              - alert: B
                expr: a
                  offset 2h
                for: 90d
                annotations: *text

            """);

        Assert.Equal("""
            # Made by alerts/shorten from my.rules.yml: every duration divided by 60.
            groups:
            - name: "5m of rules"    # 10m
              interval: 1s  # by default 1m
              limit: 60
              rules:
              - record: a:b:rate5m
                expr: rate(b{c="[5m]", d!~'\'offset 1h'}[5s] offset 60s) > 14 * 86400 # [5m]
              - alert: A
                expr: |
                  max_over_time(a[90s:]) and b offset -1440s  # offset 1h
                  or b{c=`[1h]`, offset="1h"}[1s:1s]
                  unless a[1s] > 1e3
                for: 5s
                keep_firing_for: 0s
                labels: { severity: 10m }
                annotations: &text
                  summary: For 10m [5m]
                  description: >-
                    for: 10m

                    offset 5m
              - alert: B
                expr: a
                  offset 120s
                for: 129600s
                annotations: *text

            """, shortened);
    }

    [NeedsTheory("awk")]
    [InlineData("3", "1h", "1200s")]
    [InlineData("7", "1m", "8571ms")]
    [InlineData("7", "5m", "43s")]
    [InlineData("1000", "5m", "1s")]
    [InlineData("60", "1w2d3h4m5s6ms", "13144s")]
    [InlineData("60", "0", "0")]
    public async Task Results_are_rounded_and_never_below_a_second(string factor, string duration, string expected)
    {
        var shortened = await Shortened(factor, $"groups:\n- name: a\n  rules:\n  - alert: A\n    expr: a\n    for: {duration}\n");

        Assert.EndsWith($"    for: {expected}\n", shortened, StringComparison.Ordinal);
    }

    [NeedsTheory("awk")]
    [InlineData("expr: a[5]", "not a duration: 5")]
    [InlineData("expr: a[$__range]", "not a duration: $__range")]
    [InlineData("expr: a[5min]", "not a duration: 5min")]
    [InlineData("expr: a offset", "an offset without a duration in its line")]
    [InlineData("expr: \"a[5m]\"", "an expression has to be plain or a block (|), not quoted")]
    [InlineData("expr: *other", "an expression has to be plain or a block (|), not quoted")]
    [InlineData("expr: a{b=\"[5m]", "a string that does not end in its line")]
    [InlineData("expr: a[5m", "a range that does not end in its line")]
    [InlineData("for: soon", "not a duration: soon")]
    [InlineData("for:", "a duration is missing")]
    [InlineData("for: \"5m\"", "not a duration: \"5m\"")]
    [InlineData("every: 5m", "unknown key every")]
    [InlineData("<<: *base", "a line that is no key of a rule file:     <<: *base")]
    [InlineData("- { alert: B, expr: \"a[5m]\" }", "a line that is no key of a rule file:     - { alert: B, expr: \"a[5m]\" }")]
    public async Task An_input_that_is_not_understood_is_refused_with_its_line_and_nothing_is_written(string line, string complaint)
    {
        var file = Path.Combine(_folder.FullName, "my.rules.yml");
        await File.WriteAllTextAsync(file, $"groups:\n- name: a\n  rules:\n  - alert: A\n    {line}\n");
        var output = Path.Combine(_folder.FullName, "output");

        Assert.Equal((1, $"shorten: {file}:5: {complaint}\n"), await Tool.Run("", Script, "60", output, AlertFiles.RuleFiles[0], file));
        Assert.False(Directory.Exists(output));
    }

    [NeedsTheory("awk")]
    [InlineData]
    [InlineData("60")]
    [InlineData("0", "rules")]
    [InlineData("1.5", "rules")]
    public async Task Wrong_usage_is_reported(params string[] arguments)
    {
        var (exitCode, said) = await Tool.Run("", Script, arguments);

        Assert.Equal(2, exitCode);
        Assert.StartsWith("usage: shorten FACTOR DIRECTORY", said, StringComparison.Ordinal);
    }

    private static string InSeconds(string line) => Duration().Replace(line, match =>
        $"{int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch { "m" => 60, "h" => 3600, "d" => 86400, _ => 1 }}s");

    [GeneratedRegex(@"(?<=\[|offset |for: |interval: )(?<number>[0-9]+)(?<unit>[smhd])")]
    private static partial Regex Duration();

    private static string Script { get; } = Path.Combine(ShippedRules.Folder, "shorten");

    private async Task<string> Shortened(string factor, string rules)
    {
        var file = Path.Combine(_folder.FullName, "my.rules.yml");
        await File.WriteAllTextAsync(file, rules);
        var output = Path.Combine(_folder.FullName, "output");
        var (exitCode, said) = await Tool.Run("", Script, factor, output, file);
        Assert.True(exitCode == 0, said);
        return await File.ReadAllTextAsync(Path.Combine(output, "my.rules.yml"));
    }
}
