namespace MtlsProbe.Model;

/// <summary>How the file fares in which the changes of the fleet are kept.</summary>
/// <param name="Path">Of the file.</param>
/// <param name="Fault">Why it cannot be kept; null while it can.</param>
/// <param name="Since">Since when it cannot be kept, or can again; null where that never changed.</param>
internal sealed record StorageState(string Path, string? Fault, DateTimeOffset? Since);
