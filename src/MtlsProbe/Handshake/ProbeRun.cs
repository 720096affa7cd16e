using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>How a job is probed this time.</summary>
/// <param name="Time">From DNS to confirmation, all looks together.</param>
internal readonly record struct ProbeRun(ProbeTime Time)
{
    /// <summary>What the last probe of the same job found; null where there was none.</summary>
    public Outcome? Before { get; init; }

    /// <summary>
    /// Called once, when the first handshake has ended in any way, or has to wait for a signature of our own key: from then on the probe mostly
    /// waits. Not called if none began.
    /// </summary>
    public Action? HandshakeOver { get; init; }

    public static implicit operator ProbeRun(ProbeTime time) => new(time);
}
