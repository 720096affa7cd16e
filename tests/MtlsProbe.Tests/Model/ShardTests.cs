using System.Globalization;
using System.Text.RegularExpressions;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

/// <summary>Which shard probes a target: a contract between processes that know nothing of each other and can have different versions.</summary>
public partial class ShardTests
{
    private static readonly string[] s_names = [.. Enumerable.Range(0, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"10.0.{i / 250}.{i % 250}:8443"))];

    /// <summary>Calculated by another implementation from the description in docs/scale.md, which contains some of these.</summary>
    [Theory]
    [InlineData("payments", 1, 2, 2, 4, 4, 7, 62, 284)]
    [InlineData("orders", 1, 1, 1, 4, 5, 7, 28, 925)]
    [InlineData("ledger", 1, 1, 1, 1, 1, 1, 67, 439)]
    [InlineData("broker", 1, 1, 1, 1, 5, 7, 96, 498)]
    [InlineData("payments-1.internal:8443", 1, 2, 2, 2, 5, 5, 56, 416)]
    [InlineData("[2001:db8::1]:8443", 1, 1, 1, 1, 1, 7, 31, 285)]
    [InlineData("größe", 1, 1, 1, 1, 5, 6, 62, 891)]
    public void A_name_falls_to_the_same_shard_in_every_version_and_on_every_machine(string name, params int[] owners) =>
        Assert.Equal(owners, ((int[])[1, 2, 3, 4, 5, 7, 100, 1000]).Select(count => Rendezvous.Choose(name, count)));

    /// <summary>Longer than the buffer on the stack.</summary>
    [Fact]
    public void The_same_is_true_of_a_long_name() =>
        Assert.Equal([1, 2, 2, 2, 2, 2, 97, 884], ((int[])[1, 2, 3, 4, 5, 7, 100, 1000]).Select(count => Rendezvous.Choose(new string('a', 600), count)));

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Each_target_has_one_owner_and_the_shares_are_even(int count)
    {
        var shards = Enumerable.Range(1, count).Select(number => new Shard(number, count)).ToList();
        Assert.All(s_names, name => Assert.Single(shards, shard => shard.Owns(name)));

        var even = (double)s_names.Length / count;
        Assert.All(shards, shard => Assert.InRange(s_names.Count(shard.Owns), even * 0.95, even * 1.05));
    }

    [Fact]
    public void Another_shard_takes_its_share_from_all_others_and_nothing_moves_between_them()
    {
        var moved = s_names.Where(name => Rendezvous.Choose(name, 4) != Rendezvous.Choose(name, 3)).ToList();

        Assert.All(moved, name => Assert.Equal(4, Rendezvous.Choose(name, 4)));
        Assert.InRange(moved.Count, s_names.Length * 0.24, s_names.Length * 0.26);
        Assert.Equal([1, 2, 3], moved.Select(name => Rendezvous.Choose(name, 3)).Distinct().Order());
    }

    [Fact]
    public void The_table_in_the_documentation_is_right()
    {
        var page = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "scale.md"));
        var counts = Numbers(Assert.Single(page, line => line.StartsWith("| of this many shards: |", StringComparison.Ordinal)));
        var rows = page.Select(line => (Line: line, Name: DocumentedName().Match(line).Groups["name"].Value)).Where(row => row.Name.Length > 0).ToList();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(counts.Select(count => Rendezvous.Choose(row.Name, count)), Numbers(row.Line)));
    }

    /// <summary>The cells of a row of the table after the first.</summary>
    private static IEnumerable<int> Numbers(string row) => [.. row.Trim('|', ' ').Split('|').Skip(1).Select(cell => int.Parse(cell, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^\| `(?<name>\S+)` \| 1 \|")]
    private static partial Regex DocumentedName();
}
