using MtlsProbe.Credentials;

namespace MtlsProbe.Checks;

/// <summary>Something that is wrong with the configuration or its files.</summary>
/// <param name="IsError">Probes will fail because of it; otherwise it deserves attention.</param>
/// <param name="Where">The path of keys in the configuration.</param>
internal sealed record Finding(bool IsError, string Where, string Problem, string? Hint)
{
    /// <summary>For information; nothing to fix.</summary>
    public bool IsNote { get; init; }

    /// <summary>Unused content of files that are in use.</summary>
    public static IEnumerable<Finding> Of(string where, IEnumerable<MaterialNote> notes) =>
        notes.Select(note => new Finding(false, where, note.Detail, null) { IsNote = !note.IsWarning });
}
