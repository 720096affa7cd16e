using MtlsProbe.Config;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>The result of a reload of the configuration.</summary>
/// <param name="Success">False: the whole file was refused, and the old configuration stays in use.</param>
/// <param name="Errors">All errors of the file; empty on success.</param>
internal sealed record ReloadOutcome(bool Success, ValueList<ConfigurationError> Errors);
