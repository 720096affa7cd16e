using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Alerts;

/// <summary>A matcher on the name of an alert in Alertmanager's configuration.</summary>
/// <param name="Alternatives">Its alternatives; each must match something.</param>
internal sealed partial record AlertMatcher(IReadOnlyList<Regex> Alternatives)
{
    public static IEnumerable<AlertMatcher> AllOf(string configuration) => OnAlertname().Matches(configuration)
        .Select(match => new AlertMatcher([.. Expanded(match.Groups["pattern"].Value.Trim('"')).Select(pattern => new Regex($"^(?:{pattern})$"))]));

    /// <summary><c>a(b|c(d|e))</c> is ab, acd, ace. Patterns without alternatives stay as they are.</summary>
    private static IEnumerable<string> Expanded(string pattern)
    {
        var match = Innermost().Match(pattern);
        return match.Success
            ? match.Groups["list"].Value.Split('|').SelectMany(one => Expanded(string.Concat(pattern.AsSpan(0, match.Index), one, pattern.AsSpan(match.Index + match.Length))))
            : [pattern];
    }

    [GeneratedRegex("""alertname\s*(?:=~|!~|!=|=)\s*(?<pattern>"[^"]*"|\w+)""")]
    private static partial Regex OnAlertname();

    [GeneratedRegex(@"\((?<list>[^()]*\|[^()]*)\)")]
    private static partial Regex Innermost();
}
