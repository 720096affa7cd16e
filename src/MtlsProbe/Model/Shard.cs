namespace MtlsProbe.Model;

/// <summary>One of several processes with the same configuration that share its targets: each target is probed by exactly one of them.</summary>
/// <param name="Number">From 1 to <paramref name="Count"/>.</param>
/// <param name="Count">How many processes share the targets.</param>
internal sealed record Shard(int Number, int Count)
{
    /// <summary>The most processes that can share the targets.</summary>
    public const int Most = 1000;

    /// <summary>Whether this process probes the target of this name.</summary>
    public bool Owns(string target) => OwnerOf(target) == Number;

    /// <summary>The number of the shard that probes the target of this name.</summary>
    public int OwnerOf(string target) => Rendezvous.Choose(target, Count);

    /// <summary>As in <c>--shard</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Number}/{Count}");
}

/// <summary>A shard in its fleet.</summary>
/// <param name="FleetTargets">How many targets all shards have together.</param>
internal sealed record ShardState(Shard Shard, int FleetTargets);
