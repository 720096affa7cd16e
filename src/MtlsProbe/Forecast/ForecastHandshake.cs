using MtlsProbe.Model;

namespace MtlsProbe.Forecast;

/// <summary>One handshake of a fleet, as a forecast sees it.</summary>
/// <param name="Last">Null before its first probe.</param>
internal sealed record ForecastHandshake(HandshakeKey Key, ProbeResult? Last)
{
    /// <summary>Null if it fails now, or if its expiry is not known.</summary>
    public Outlook? Outlook => Last is { Outcome: Outcome.Accepted } ? Last.Outlook : null;

    /// <summary>Whether it is known to fail: the server refused us, or we do not trust its chain.</summary>
    public bool FailsNow => Last is { Outcome: Outcome.Rejected } or { Failure.Class: FailureClass.ServerCertificate or FailureClass.Identity };

    /// <summary>It has not been probed yet, the server was not reached or gave no sign, or nothing was found on which it depends.</summary>
    public bool IsUnknown => !FailsNow && Outlook is null;
}
