using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>How a job is probed this time.</summary>
/// <param name="Time">From DNS to confirmation, all looks together.</param>
internal readonly record struct ProbeRun(ProbeTime Time)
{
    /// <summary>
    /// Silence comes before the question, since a refusal is likely: it is seen then as the server sends it, and no reset hides its alert.
    /// </summary>
    public bool SilenceFirst { get; init; }

    /// <summary>Called once, when the first handshake is over, whatever came of it: from then on the probe mostly waits. Not called where none began.</summary>
    public Action? HandshakeOver { get; init; }

    public static implicit operator ProbeRun(ProbeTime time) => new(time);
}
