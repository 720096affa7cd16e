using MtlsProbe.Model;

namespace MtlsProbe.Forecast;

/// <summary>One handshake of a fleet, as a forecast sees it.</summary>
/// <param name="Last">Null before its first probe.</param>
internal sealed record ForecastHandshake(HandshakeKey Key, ProbeResult? Last)
{
    /// <summary>Null where it fails now, or nothing is known of its end.</summary>
    public Outlook? Outlook => Last is { Outcome: Outcome.Accepted } ? Last.Outlook : null;

    /// <summary>Whether it is known to fail: the server refused us, or we do not trust its chain.</summary>
    public bool FailsNow => Last is { Outcome: Outcome.Rejected } or { Failure.Class: FailureClass.ServerCertificate or FailureClass.Identity };

    /// <summary>It was not probed yet, the server was not reached or did not say, or no end was found of what it rests on.</summary>
    public bool IsUnknown => !FailsNow && Outlook is null;
}
