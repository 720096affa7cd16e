namespace MtlsProbe.Cli;

/// <summary>Something that is wrong with the files of a configuration.</summary>
/// <param name="IsError">Probes would fail for it; otherwise it deserves attention.</param>
/// <param name="Where">The path of keys in the configuration.</param>
internal sealed record Finding(bool IsError, string Where, string Problem, string? Hint);
