namespace MtlsProbe.Rotation;

/// <summary>Something that needs attention before a rollout, although it is not decisive.</summary>
/// <param name="Code">A word for programs; a contract.</param>
/// <param name="Message">One or two sentences for people; never a secret.</param>
internal sealed record PreflightWarning(string Code, string Message);
