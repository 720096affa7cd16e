using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The targets of one source, and the state of the source. While it fails, its last targets stay, because the servers may be healthy. Immutable; the
/// source replaces it.
/// </summary>
/// <param name="Name">The name of the source, for people.</param>
internal sealed record TargetSet(string Name)
{
    /// <summary>In the order of the source. While it fails, the last good ones; none before its first success.</summary>
    public ValueList<Target> Targets { get; init; } = [];

    /// <summary>Why the source delivers no targets now, as a sentence without a full stop; null if it does.</summary>
    public string? Fault { get; init; }

    /// <summary>Since when it has delivered targets without a fault, or has failed without a success; null before the first attempt.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it last delivered targets; null if it never did.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>How many of them this process probes: neither left out nor another shard's.</summary>
    public int Probed { get; init; }

    /// <summary>Names that are left out, because an earlier set, or this set itself, already has a target of that name.</summary>
    public ValueList<string> LeftOut { get; init; } = [];

    /// <summary>The first targets that cannot be probed, with the reasons.</summary>
    public ValueList<RejectedTarget> Rejected { get; init; } = [];

    /// <summary>How many targets cannot be probed.</summary>
    public int RejectedCount { get; init; }

    /// <summary>Where the source finds its targets; null for the configuration file.</summary>
    public DiscoveryPlace? Place { get; init; }

    /// <summary>Whether the source has delivered anything yet.</summary>
    public bool IsKnown => Since is not null;

    /// <summary>The set after the source delivered these targets.</summary>
    public TargetSet Found(ValueList<Target> targets, DateTimeOffset at) =>
        this with { Targets = targets, Fault = null, Since = Fault is null ? Since ?? at : at, LastSuccess = at };

    /// <summary>The source, or a part of it, fails. <see cref="Targets"/> includes its last known targets.</summary>
    public TargetSet Failed(string fault, DateTimeOffset at) =>
        this with { Fault = fault, Since = Fault is null ? at : Since };
}

/// <summary>A target of a source that cannot be probed. All texts are safe to print.</summary>
/// <param name="Target">Its name or address.</param>
/// <param name="Place">File or URL with line and column, or the object.</param>
/// <param name="Problem">Why, with the value at fault.</param>
/// <param name="Hint">How to fix it; null if the problem says everything.</param>
internal sealed record RejectedTarget(string Target, string Place, string Problem, string? Hint);
