using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A target as a source describes it, before it is checked: untrusted text.</summary>
/// <param name="Address">As written.</param>
/// <param name="Labels">In the order of the source, without the ignored ones (<c>__meta_…</c>).</param>
internal sealed record DiscoveredTarget(string Address, ValueList<Label> Labels)
{
    /// <summary>Begins the names of labels that Prometheus uses internally.</summary>
    public const string Internal = "__";

    /// <summary>Begins the names of labels that set a key of the target.</summary>
    public const string KeyPrefix = "__mtlsprobe_";

    public required TextPlace At { get; init; }

    /// <summary>The place of each of <see cref="Labels"/>; empty if they are all at <see cref="At"/>.</summary>
    public ValueList<TextPlace> LabelsAt { get; init; } = [];

    /// <summary>What the finder knows to be wrong with it; null if nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>How to fix that.</summary>
    public string? Hint { get; init; }

    /// <summary>Whether a label is used at all.</summary>
    public static bool IsKept(string label) => !label.StartsWith(Internal, StringComparison.Ordinal) || label.StartsWith(KeyPrefix, StringComparison.Ordinal);
}

/// <summary>A place in the output of a source.</summary>
/// <param name="Source">The file, the URL or the object, safe to print.</param>
/// <param name="Line">From 1; 0 if it is the whole source.</param>
/// <param name="Column">Likewise.</param>
internal readonly record struct TextPlace(string Source, int Line, int Column);
