using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>Parameters of one run of a job.</summary>
/// <param name="Time">From DNS to confirmation, for all connections together.</param>
internal readonly record struct ProbeRun(ProbeTime Time)
{
    /// <summary>The result of the last probe of the same job; null if there was none.</summary>
    public Outcome? Before { get; init; }

    /// <summary>
    /// Called once, when the first handshake has ended in any way, or has to wait for a signature of our own key: from then on the probe mostly
    /// waits. Not called if none began.
    /// </summary>
    public Action? HandshakeOver { get; init; }

    public static implicit operator ProbeRun(ProbeTime time) => new(time);
}
