using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The targets of one source, and how the source fares. While it fails its last targets stay: the servers may be well. Never edited; the
/// source replaces it.
/// </summary>
/// <param name="Name">Of the source, for people.</param>
internal sealed record TargetSet(string Name)
{
    /// <summary>In the order of the source; the last good ones while it fails, none before it has given any.</summary>
    public ValueList<Target> Targets { get; init; } = [];

    /// <summary>Why the source gives no targets now, as a sentence without a full stop; null while it does.</summary>
    public string? Fault { get; init; }

    /// <summary>Since when it gives targets without a fault, or fails without a success; null before either.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it gave targets last; null before it ever did.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>How many of them this process probes: neither left out nor another shard's.</summary>
    public int Probed { get; init; }

    /// <summary>Names that are left out, since an earlier set, or this one before, has a target of the same name.</summary>
    public ValueList<string> LeftOut { get; init; } = [];

    /// <summary>The first of the targets that cannot be probed, with the reasons.</summary>
    public ValueList<RejectedTarget> Rejected { get; init; } = [];

    /// <summary>How many there are of them.</summary>
    public int RejectedCount { get; init; }

    /// <summary>Where the source finds its targets; null for the configuration.</summary>
    public DiscoveryPlace? Place { get; init; }

    /// <summary>Whether the source has delivered anything yet.</summary>
    public bool IsKnown => Since is not null;

    /// <summary>The source gives these targets.</summary>
    public TargetSet Found(ValueList<Target> targets, DateTimeOffset at) =>
        this with { Targets = targets, Fault = null, Since = Fault is null ? Since ?? at : at, LastSuccess = at };

    /// <summary>The source fails, or a part of it, of which the last targets are among these.</summary>
    public TargetSet Failed(string fault, DateTimeOffset at) =>
        this with { Fault = fault, Since = Fault is null ? at : Since };
}

/// <summary>A target that its source names and that cannot be probed. Texts are visible.</summary>
/// <param name="Target">Its name or address.</param>
/// <param name="Place">Where it stands: file, line and column, a URL, an object.</param>
/// <param name="Problem">Why, with the value at fault.</param>
/// <param name="Hint">How to mend it; null where the problem says it all.</param>
internal sealed record RejectedTarget(string Target, string Place, string Problem, string? Hint);
