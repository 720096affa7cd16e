using MtlsProbe.Config;
using MtlsProbe.Values;

namespace MtlsProbe.Discovery;

/// <summary>How a reload of the configuration went.</summary>
/// <param name="Success">False: the file was refused whole, and the old configuration goes on.</param>
/// <param name="Errors">All errors of the file; empty on success.</param>
internal sealed record ReloadOutcome(bool Success, ValueList<ConfigurationError> Errors);
