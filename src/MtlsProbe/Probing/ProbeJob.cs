using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>One handshake to be made again and again: a target with one credential against one address.</summary>
internal sealed record ProbeJob(HandshakeKey Key, Target Target)
{
    /// <summary>
    /// Whether both make the same handshake, so that the results of one stand for the other. How often, how patiently and under
    /// which labels it is made does not matter.
    /// </summary>
    public bool ProbesTheSameAs(ProbeJob other) =>
        Key == other.Key && (ReferenceEquals(Target, other.Target) || Probed(Target) == Probed(other.Target));

    private static Target Probed(Target target) =>
        target with { Interval = TimeSpan.Zero, Timeout = TimeSpan.Zero, Labels = [] };
}
