using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A target as a source names it, before anybody has judged it: a stranger's words.</summary>
/// <param name="Address">As it stands there.</param>
/// <param name="Labels">In the order in which they stand there; those that Prometheus keeps to itself (<c>__meta_…</c>) are left away.</param>
internal sealed record DiscoveredTarget(string Address, ValueList<Label> Labels)
{
    /// <summary>The names of labels that are nobody's but Prometheus'.</summary>
    private const string Internal = "__";

    /// <summary>Begins the labels that set a key of the target.</summary>
    public const string KeyPrefix = "__mtlsprobe_";

    public required TextPlace At { get; init; }

    /// <summary>Where each of <see cref="Labels"/> stands; empty where they stand where the target does.</summary>
    public ValueList<TextPlace> LabelsAt { get; init; } = [];

    /// <summary>What is known to be wrong with it where it was found; null: nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>How to mend that.</summary>
    public string? Hint { get; init; }

    /// <summary>Whether anything is made of a label.</summary>
    public static bool IsKept(string label) => !label.StartsWith(Internal, StringComparison.Ordinal) || label.StartsWith(KeyPrefix, StringComparison.Ordinal);
}

/// <summary>A place in what a source gives.</summary>
/// <param name="Source">The file, the URL or the object, visible.</param>
/// <param name="Line">From 1; 0 when it is the whole.</param>
/// <param name="Column">Likewise.</param>
internal readonly record struct TextPlace(string Source, int Line, int Column);
