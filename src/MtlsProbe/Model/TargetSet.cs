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

    /// <summary>Names that are left out, since an earlier set, or this one before, has a target of the same name.</summary>
    public ValueList<string> LeftOut { get; init; } = [];

    /// <summary>Whether the source has delivered anything yet.</summary>
    public bool IsKnown => Since is not null;

    /// <summary>The source gives these targets.</summary>
    public TargetSet Found(ValueList<Target> targets, DateTimeOffset at) =>
        this with { Targets = targets, Fault = null, Since = Fault is null ? Since ?? at : at, LastSuccess = at };

    /// <summary>The source fails.</summary>
    public TargetSet Failed(string fault, DateTimeOffset at) =>
        this with { Fault = fault, Since = Fault is null ? at : Since };
}
