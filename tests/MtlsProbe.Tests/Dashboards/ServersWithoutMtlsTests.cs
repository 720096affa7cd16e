using System.Text;
using MtlsProbe.EndToEnd.Dashboards;

namespace MtlsProbe.Tests.Dashboards;

/// <summary>What the tile "Servers without mTLS" counts, as Prometheus computes it.</summary>
public sealed class ServersWithoutMtlsTests
{
    private const string LetsIn = """mtlsprobe_rejection_enforced{job="j",instance="i",target="a",address="a:1",identity="none"} 0""";
    private const string Refuses = """mtlsprobe_rejection_enforced{job="j",instance="i",target="a",address="a:1",identity="none"} 1""";
    private const string Asks = """mtlsprobe_client_certificate_requested{job="j",instance="i",target="b",address="b:1"} 1""";
    private const string AsksNot = """mtlsprobe_client_certificate_requested{job="j",instance="i",target="a",address="a:1"} 0""";
    private const string NotRequested =
        """mtlsprobe_failure_info{job="j",instance="i",target="a",address="a:1",identity="x",slot="current",class="enforcement",reason="not_requested",alert=""} 1""";
    private const string OtherNotRequested =
        """mtlsprobe_failure_info{job="j",instance="i",target="c",address="c:1",identity="x",slot="current",class="enforcement",reason="not_requested",alert=""} 1""";

    [NeedsFact("promtool")]
    public async Task The_tile_counts_servers_that_accept_anyone_and_servers_that_do_not_ask_once_each()
    {
        StringBuilder tests = new("rule_files: []\nevaluation_interval: 1m\ntests:\n");
        (string Name, string[] Series, int? Count)[] cases =
        [
            ("nothing is known", ["""up{job="j",instance="i"} 1"""], null),
            ("a target without an identity, or one that expects no request", [AsksNot], null),
            ("a server asks", [Asks], 0),
            ("a server refuses clients without a certificate", [Refuses], 0),
            ("a server lets in clients without a certificate", [LetsIn, Asks], 1),
            ("a server does not ask, without must_reject", [AsksNot, NotRequested, Asks], 1),
            ("both are known of one server", [LetsIn, AsksNot, NotRequested], 1),
            ("two servers, for different reasons", [LetsIn, OtherNotRequested, Asks], 2),
        ];
        foreach (var (name, series, count) in cases)
        {
            tests.Append($"  - name: {name}\n    interval: 1m\n    input_series:\n");
            foreach (var one in series) tests.Append($"      - series: '{one[..^2]}'\n        values: '{one[^1]}x2'\n");
            tests.Append($"    promql_expr_test:\n      - expr: '{Query()}'\n        eval_time: 1m\n        exp_samples: ");
            tests.Append(count is null ? "[]\n" : $"[{{ labels: '{{}}', value: {count} }}]\n");
        }

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, tests.ToString());
        var (exitCode, said) = await Tool.Run("", "promtool", "test", "rules", file);
        File.Delete(file);

        Assert.True(exitCode == 0, said);
    }

    /// <summary>With every job, exporter and target chosen.</summary>
    private static string Query() => Dashboard.In(Path.Combine(Repository.Root, "grafana", "dashboards")).Single(dashboard => dashboard.Name == "fleet")
        .Queries.Single(query => query.Place == "fleet: Servers without mTLS").Expression
        .Replace("$job", ".+", StringComparison.Ordinal).Replace("$instance", ".+", StringComparison.Ordinal).Replace("$target", ".+", StringComparison.Ordinal);
}
