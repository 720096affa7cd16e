using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Terminal;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Terminal;

public class MatrixTextTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(132)]
    public void Many_identities_come_in_blocks_that_fit_the_terminal(int width)
    {
        var text = Written(width, identities: 40, targets: 12);
        var lines = text.Split('\n');

        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        var heads = lines.Where(line => line.StartsWith("TARGET", StringComparison.Ordinal)).ToList();
        Assert.All(heads, head => Assert.True(head.Length <= width, head));
        Assert.Equal(width == 80 ? 8 : 5, heads.Count);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"identity-{i}"), heads.SelectMany(head => head.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]));
        Assert.Equal(12 * heads.Count, lines.Count(line => line.StartsWith("target-", StringComparison.Ordinal)));
    }

    [Fact]
    public void Six_identities_of_usual_length_fit_on_eighty_columns_at_once() =>
        Assert.Single(Written(80, identities: 6, targets: 6).Split('\n'), line => line.StartsWith("TARGET", StringComparison.Ordinal));

    [Fact]
    public void A_terminal_that_is_too_narrow_for_one_has_one_in_each_block() =>
        Assert.Equal(3, Written(10, identities: 3, targets: 1).Split('\n').Count(line => line.StartsWith("TARGET", StringComparison.Ordinal)));

    [Fact]
    public void An_identity_that_only_some_targets_are_probed_with_has_a_dash_at_the_others()
    {
        using var output = new StringWriter();
        var report = AccessReport.Of(
            Samples.Now, [AccessIdentity.Of("nobody", null), AccessIdentity.Of("batch", null), AccessIdentity.Of("checkout", null)], [Row("a", "checkout", "batch"), Row("b", "checkout")]);
        new MatrixText(new Pen(output, color: false), 80).Write(report);

        var lines = output.ToString().Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 0).ToList();
        Assert.Equal(["TARGET", "batch", "checkout"], lines[0]);
        Assert.Equal(["b", "-", "accepted"], lines[2]);

        static AccessRow Row(string name, params string[] identities)
        {
            var target = Samples.Target(name) with { Identity = "checkout" };
            return AccessRow.Of(target, identities.Select(identity => (Samples.Key(target, identity), (ProbeResult?)Samples.Accepted(target))));
        }
    }

    private static string Written(int width, int identities, int targets)
    {
        var names = Enumerable.Range(0, identities).Select(i => $"identity-{i}").ToList();
        var rows = Enumerable.Range(0, targets).Select(i =>
        {
            var target = Samples.Target($"target-{i}") with { Identity = names[0], MustReject = [.. names.Skip(1)], MustRejectOthers = true };
            return AccessRow.Of(target, names.Select(name => (Samples.Key(target, name, name == names[0] ? Expectation.Accept : Expectation.Reject), (ProbeResult?)(name == names[0] ? Samples.Accepted(target) : Samples.TurnedAway(target, name)))));
        }).ToList();
        using var output = new StringWriter();
        new MatrixText(new Pen(output, color: false), width).Write(AccessReport.Of(Samples.Now, [.. names.Select(name => AccessIdentity.Of(name, null))], rows));
        return output.ToString();
    }
}
