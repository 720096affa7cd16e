namespace MtlsProbe.Rotation;

/// <summary>Something that deserves attention before a rollout, though it decides nothing by itself.</summary>
/// <param name="Code">A word for programs; a contract.</param>
/// <param name="Message">A sentence or two for a person; never a secret.</param>
internal sealed record PreflightWarning(string Code, string Message);
