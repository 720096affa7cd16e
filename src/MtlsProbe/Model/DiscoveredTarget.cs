using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A target as a source describes it, not yet validated: untrusted input.</summary>
/// <param name="Address">As written in the source.</param>
/// <param name="Labels">In the order of the source, without those that are internal to Prometheus (<c>__meta_…</c>).</param>
internal sealed record DiscoveredTarget(string Address, ValueList<Label> Labels)
{
    /// <summary>The prefix of labels that are internal to Prometheus.</summary>
    private const string Internal = "__";

    /// <summary>The prefix of labels that set a key of the target.</summary>
    public const string KeyPrefix = "__mtlsprobe_";

    public required TextPlace At { get; init; }

    /// <summary>The place of each of <see cref="Labels"/>; empty: all have the place of the target.</summary>
    public ValueList<TextPlace> LabelsAt { get; init; } = [];

    /// <summary>What is already known to be wrong with it; null: nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>How to mend the problem.</summary>
    public string? Hint { get; init; }

    /// <summary>Whether MtlsProbe uses this label.</summary>
    public static bool IsKept(string label) => !label.StartsWith(Internal, StringComparison.Ordinal) || label.StartsWith(KeyPrefix, StringComparison.Ordinal);
}

/// <summary>A place in the output of a source.</summary>
/// <param name="Source">The file, the URL or the object, escaped.</param>
/// <param name="Line">From 1; 0: the source as a whole.</param>
/// <param name="Column">From 1; 0: the source as a whole.</param>
internal readonly record struct TextPlace(string Source, int Line, int Column);
