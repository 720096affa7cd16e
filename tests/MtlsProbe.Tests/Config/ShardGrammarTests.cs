using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Config;

public class ShardGrammarTests
{
    [Theory]
    [InlineData("1/1", 1, 1)]
    [InlineData("2/4", 2, 4)]
    [InlineData("1000/1000", 1000, 1000)]
    [InlineData("mtlsprobe-0/4", 1, 4)]
    [InlineData("mtlsprobe-3/4", 4, 4)]
    [InlineData("my-probes-2-1/4", 2, 4)]
    public void A_shard_is_its_number_from_1_or_a_pod_with_its_ordinal_from_0_and_how_many_there_are(string text, int number, int count) =>
        Assert.Equal(new Shard(number, count), ShardGrammar.Read(text).Value);

    [Theory]
    [InlineData("", "is empty", "without it, all targets are probed")]
    [InlineData("2", "is not a shard", "2/4 for the second of four")]
    [InlineData("2/", "is not a shard: after the slash comes the number of shards, from 1 to 1000", "2/4")]
    [InlineData("1/0", "is not a shard: after the slash comes the number of shards", "2/4")]
    [InlineData("1/1001", "is not a shard: after the slash comes the number of shards, from 1 to 1000", "2/4")]
    [InlineData("1/-4", "is not a shard: after the slash comes the number of shards", "2/4")]
    [InlineData("/4", "is not a shard: before the slash comes its number, or a name", "2/4")]
    [InlineData("-1/4", "is not a shard: before the slash comes its number, or a name", "2/4")]
    [InlineData("+1/4", "is not a shard: before the slash comes its number, or a name", "2/4")]
    [InlineData("mtlsprobe/4", "is not a shard: before the slash comes its number, or a name that ends in a dash and an ordinal", "mtlsprobe-1/4")]
    [InlineData("0/4", "is not a shard: they are numbered from 1", "1/4 is the first of 4")]
    [InlineData("5/4", "is not a shard: there are 4", "1/4 to 4/4")]
    [InlineData("mtlsprobe-4/4", "is not a shard: the pods of 4 shards are mtlsprobe-0 to mtlsprobe-3", "the number of replicas of the StatefulSet")]
    [InlineData("$(POD_NAME)/4", "has a variable that was not replaced", "define that variable above this one")]
    public void Anything_else_is_refused_with_what_is_wrong_and_how_to_mend_it(string text, string problem, string hint)
    {
        var reading = ShardGrammar.Read(text);

        Assert.StartsWith(problem, reading.Problem, StringComparison.Ordinal);
        Assert.Contains(hint, reading.Hint, StringComparison.Ordinal);
    }
}
