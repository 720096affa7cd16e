namespace MtlsProbe.Model;

/// <summary>The state of the file that keeps changes of the fleet.</summary>
/// <param name="Path">The path of the file.</param>
/// <param name="Fault">Why the file cannot be written; null if it can.</param>
/// <param name="Since">Since when it cannot be written, or can be again; null if that never changed.</param>
internal sealed record StorageState(string Path, string? Fault, DateTimeOffset? Since);
