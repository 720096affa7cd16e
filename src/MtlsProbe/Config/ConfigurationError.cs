using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>One error in a configuration file.</summary>
/// <param name="File">As the user named it.</param>
/// <param name="Line">From 1; 0 when it is the file as a whole.</param>
/// <param name="Column">From 1; 0 when it is the file as a whole.</param>
/// <param name="Where">The path of keys, as in <c>targets.payments.http.path</c>; empty when it is the file as a whole.</param>
/// <param name="Problem">What is wrong, with the value at fault.</param>
/// <param name="Hint">How to fix it; null if the problem says everything.</param>
internal sealed record ConfigurationError(string File, int Line, int Column, string Where, string Problem, string? Hint)
{
    /// <summary><c>FILE:LINE:COL: where: what is wrong</c>, and a hint line where there is one.</summary>
    public override string ToString() =>
        File + (Line > 0 ? $":{Line}:{Column}" : "") + ": " +
        (Where.Length > 0 ? Where + ": " : "") + Problem +
        (Hint is null ? "" : "\n  hint: " + Hint);
}

/// <summary>A configuration, or everything that is wrong with it.</summary>
/// <param name="Configuration">Null exactly when there are errors.</param>
/// <param name="Errors">In the order of the file, before those of the files that it names for more targets.</param>
internal sealed record ConfigurationResult(Configuration? Configuration, ValueList<ConfigurationError> Errors)
{
    /// <summary>Those that it could name; it is read again with the same.</summary>
    public required Protocols Protocols { get; init; }

    /// <summary>How the findings of its discovery sources are read; null if there is no configuration.</summary>
    public FoundTargetRules? FoundTargets { get; init; }

    /// <summary>Of the content that was read; <see cref="TextFile.Missing"/> where there was none.</summary>
    public string Fingerprint { get; init; } = TextFile.Missing;

    /// <summary>Patterns of the files with more targets, whose contents are part of <see cref="Fingerprint"/>; absolute.</summary>
    public ValueList<string> TargetFiles { get; init; } = [];

    /// <summary>The keys in it whose pattern fits no file, as in <c>targets_files[0]</c>.</summary>
    public ValueList<string> FitNothing { get; init; } = [];
}
