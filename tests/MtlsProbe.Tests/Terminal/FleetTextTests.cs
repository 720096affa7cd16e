using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Terminal;

namespace MtlsProbe.Tests.Terminal;

/// <summary>The text about a fleet on terminals of 80 and 200 columns, as in Transcripts/.</summary>
public class FleetTextTests
{
    private static readonly ProbeResult Down =
        Sample.Failed(Phase.Connect, Reasons.ConnectionRefused, "10.0.0.9:8443 refused the connection", new Timings { Connect = 0.0001, Total = 0.0001 });

    private static readonly ProbeResult[] Fleet =
    [
        Sample.Accepted, Sample.RefusedNext, Sample.KeptOut, Of("orders", Sample.Accepted), Of("orders", Sample.RefusedNext), Of("orders", Sample.LetIn),
        Of("stock-of-the-northern-warehouse", Down), Of("reporting", Sample.Accepted) with { AddressesLeftOut = 3 },
    ];

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    public void The_table_and_the_causes_fit_the_terminal(int columns)
    {
        var written = Written(Fleet, columns);

        Assert.Equal(Transcript($"probe-all-{columns}.txt"), written);
        Assert.All(written.Split('\n').Where(line => !line.StartsWith("✘ 4 of", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, columns));
    }

    [Fact]
    public void Only_failures_are_shown_on_demand_and_all_are_counted()
    {
        var written = Written(Fleet, 200, onlyFailed: true);

        Assert.Equal(Transcript("probe-failed-only-200.txt"), written);
        Assert.DoesNotContain("KEPT OUT", written);
        Assert.Contains("4 of 8 handshakes", written);
    }

    [Fact]
    public void A_cause_that_three_thousand_share_is_reported_once()
    {
        var written = Written([.. Enumerable.Range(0, 3000).Select(i => Of(string.Create(CultureInfo.InvariantCulture, $"t{i}"), Sample.RefusedNext))], 120, onlyFailed: true);

        Assert.Single(written.Split("more      mtlsprobe explain unknown_ca").Skip(1));
        Assert.Contains("\n    t9 (payments.internal:8443), checkout (next)\n    and 2,990 more\n", written);
        Assert.Contains("\n✘  t2999  ", written);
        Assert.EndsWith(" and 2,900 more\n", written);
    }

    [Fact]
    public void A_healthy_fleet_is_one_line_below_its_table() =>
        Assert.EndsWith("\n\n✔ All 2 handshakes were as expected.\n", Written([Sample.Accepted, Of("orders", Sample.Accepted)], 80));

    [Fact]
    public void Replicas_that_differ_are_shown_under_the_name_of_their_target()
    {
        var second = Down with { Address = "10.0.0.8:8443" };

        Assert.Contains("\nHow the 2 addresses of payments differ\n", Written([Sample.Accepted, second, Of("orders", Sample.Accepted)], 120));
    }

    private static ProbeResult Of(string target, ProbeResult result) => result with { Target = target };

    private static string Transcript(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Terminal", "Transcripts", name));

    private static string Written(IReadOnlyList<ProbeResult> results, int columns, bool onlyFailed = false)
    {
        using var output = new StringWriter { NewLine = "\n" };
        new FleetText(new Pen(output, color: false, columns), Sample.Now).Write(results, onlyFailed);
        return output.ToString();
    }
}
