using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>kube-prometheus mutes by name and namespace and ignores targets: what that hides, and the remedy in docs/alerts.md.</summary>
public sealed partial class KubePrometheusTests
{
    private const string Route = """
        route: { receiver: everybody, group_by: [namespace] }
        receivers: [ { name: everybody } ]

        """;

    /// <summary>As shipped by kube-prometheus and kube-prometheus-stack.</summary>
    private const string Shipped = """
        inhibit_rules:
          - { source_matchers: [severity = critical], target_matchers: ['severity =~ warning|info'], equal: [namespace, alertname] }
          - { source_matchers: [severity = warning], target_matchers: [severity = info], equal: [namespace, alertname] }
          - { source_matchers: [alertname = InfoInhibitor], target_matchers: [severity = info], equal: [namespace] }
        """;

    private static readonly IReadOnlyList<Dictionary<string, string>> s_alerts =
    [
        Alert("MtlsProbeServerCertificateExpiring", "critical", "payments"),
        Alert("MtlsProbeServerCertificateExpiring", "warning", "payments"),
        Alert("MtlsProbeServerCertificateExpiring", "warning", "orders"),
        Alert("KubePodCrashLooping", "critical", "a"),
        Alert("KubePodCrashLooping", "warning", "b"),
    ];

    [AlertingFact]
    public async Task As_shipped_a_page_about_one_target_hides_the_tickets_of_the_others() => Assert.Equal(
        ["KubePodCrashLooping warning b", "MtlsProbeServerCertificateExpiring warning orders", "MtlsProbeServerCertificateExpiring warning payments"],
        await Muted(Shipped, 3));

    [AlertingFact]
    public async Task With_the_rules_of_the_page_it_hides_only_its_own_ticket_and_other_alerts_are_muted_as_before() => Assert.Equal(
        ["KubePodCrashLooping warning b", "MtlsProbeServerCertificateExpiring warning payments"],
        await Muted(Documented() + Example().Match(Alertmanager.Example).Value, 2));

    private static async Task<IEnumerable<string>> Muted(string inhibitRules, int count)
    {
        using var workspace = new Workspace("kube-prometheus");
        await using var alertmanager = await Alertmanager.Start(workspace, Route + inhibitRules);
        await alertmanager.Fire(s_alerts);
        return (await alertmanager.Inhibited(count)).Select(muted => $"{muted.Alert.Name} {muted.Alert.Labels["severity"]} {muted.Alert.Labels["target"]}").Order(StringComparer.Ordinal);
    }

    /// <summary>The rules in docs/alerts.md, four columns to the left: below <c>alertmanager.config</c> in the values of the chart.</summary>
    private static string Documented()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "alerts.md"));
        return Block().Match(page).Groups["rules"].Value.Replace("\n    ", "\n", StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Alert(string name, string severity, string target) => new()
    {
        ["alertname"] = name, ["severity"] = severity, ["namespace"] = "monitoring", ["job"] = "mtlsprobe", ["instance"] = "mtlsprobe.monitoring.svc:10219", ["target"] = target,
    };

    [GeneratedRegex(@"^### kube-prometheus\n.*?^```yaml\n[^`]*?^ +config:(?<rules>\n +inhibit_rules:\n[^`]*)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>The entries of the example's rules.</summary>
    [GeneratedRegex(@"(?<=^inhibit_rules:\n).*", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();
}
