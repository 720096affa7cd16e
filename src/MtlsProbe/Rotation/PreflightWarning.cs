namespace MtlsProbe.Rotation;

/// <summary>Something that needs attention before a rollout, although it decides nothing.</summary>
/// <param name="Code">A word for programs; a contract.</param>
/// <param name="Message">A sentence or two for a person; never a secret.</param>
internal sealed record PreflightWarning(string Code, string Message);
