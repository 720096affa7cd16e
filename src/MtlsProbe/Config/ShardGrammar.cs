using System.Globalization;
using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>
/// <c>--shard</c> and <c>MTLSPROBE_SHARD</c>: <c>2/4</c> is the second of four. In place of the number, a name that ends in an ordinal from 0, as the
/// pods of a StatefulSet have it: <c>mtlsprobe-1/4</c> is the same.
/// </summary>
internal static class ShardGrammar
{
    private const string Form = "I/N, as in 2/4 for the second of four; in a StatefulSet POD_NAME/N, as in mtlsprobe-1/4";

    public static Reading<Shard> Read(string text)
    {
        if (text.Length == 0) return Reading<Shard>.Wrong("is empty", $"{Form}; without it, all targets are probed");
        if (text.Contains("$(", StringComparison.Ordinal)) return Reading<Shard>.Wrong("has a variable that was not replaced", "in Kubernetes, define that variable above this one in the list env of the container");
        var slash = text.LastIndexOf('/');
        if (slash < 0) return Reading<Shard>.Wrong("is not a shard", Form);
        if (Number(text[(slash + 1)..]) is not (> 0 and <= Shard.Most and var count))
            return Reading<Shard>.Wrong(string.Create(CultureInfo.InvariantCulture, $"is not a shard: after the slash comes the number of shards, from 1 to {Shard.Most}"), Form);

        var left = text[..slash];
        return Number(left) is { } number ? OfNumber(number, count)
            : left.LastIndexOf('-') is > 0 and var dash && Number(left[(dash + 1)..]) is { } ordinal ? OfPod(left[..dash], ordinal, count)
            : Reading<Shard>.Wrong("is not a shard: before the slash comes its number, or a name that ends in a dash and an ordinal", Form);
    }

    private static Reading<Shard> OfNumber(int number, int count) => number switch
    {
        0 => Reading<Shard>.Wrong("is not a shard: they are numbered from 1", string.Create(CultureInfo.InvariantCulture, $"1/{count} is the first of {count}")),
        _ when number > count => Reading<Shard>.Wrong(string.Create(CultureInfo.InvariantCulture, $"is not a shard: there are {count}"), string.Create(CultureInfo.InvariantCulture, $"1/{count} to {count}/{count}; N is the same for all shards")),
        _ => new Shard(number, count),
    };

    private static Reading<Shard> OfPod(string set, int ordinal, int count) => ordinal >= count
        ? Reading<Shard>.Wrong(
            string.Create(CultureInfo.InvariantCulture, $"is not a shard: the pods of {count} shards are {set}-0 to {set}-{count - 1}"),
            "N has to be the number of replicas of the StatefulSet, whose ordinals start at 0")
        : new Shard(ordinal + 1, count);

    /// <summary>Null unless it consists of digits.</summary>
    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
