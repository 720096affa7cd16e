using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// A server accepted one of our certificates, and may have refused it since. This is kept while the server is down, because an outage is neither.
/// </summary>
/// <param name="Sha256">The leaf that was presented.</param>
/// <param name="LetIn">When the last probe began in which the server accepted it.</param>
/// <param name="Refused">When the first later probe began in which the server refused it; null if none did.</param>
internal sealed record Admission(string Sha256, DateTimeOffset LetIn, DateTimeOffset? Refused)
{
    private readonly long _letIn = LetIn.UtcTicks;
    private readonly long _refused = Instant.Ticks(Refused);

    public DateTimeOffset LetIn
    {
        get => Instant.Known(_letIn);
        init => _letIn = value.UtcTicks;
    }

    public DateTimeOffset? Refused
    {
        get => Instant.Time(_refused);
        init => _refused = Instant.Ticks(value);
    }

    /// <summary>The state after one more result; null if nothing is known of the certificate that the probe presented.</summary>
    public static Admission? After(Admission? before, ProbeResult result) => result switch
    {
        { ClientCertificate.Presented: null } or { ClientCertificate: null } => before,
        { Outcome: Outcome.Accepted } => new(result.ClientCertificate.Presented.Sha256, result.At, null),
        { Outcome: Outcome.Rejected } when before?.Sha256 != result.ClientCertificate.Presented.Sha256 => null,
        { Outcome: Outcome.Rejected } => before is { Refused: null } ? before with { Refused = result.At } : before,
        _ => before,
    };
}
