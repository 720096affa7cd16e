using MtlsProbe.Credentials;

namespace MtlsProbe.Checks;

/// <summary>Something that is wrong with the files of a configuration.</summary>
/// <param name="IsError">Probes would fail for it; otherwise it deserves attention.</param>
/// <param name="Where">The path of keys in the configuration.</param>
internal sealed record Finding(bool IsError, string Where, string Problem, string? Hint)
{
    /// <summary>For information; nothing to fix.</summary>
    public bool IsNote { get; init; }

    /// <summary>What is left out of files that are used.</summary>
    public static IEnumerable<Finding> Of(string where, IEnumerable<MaterialNote> notes) =>
        notes.Select(note => new Finding(false, where, note.Detail, null) { IsNote = !note.IsWarning });
}
