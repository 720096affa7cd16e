using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>One handshake that is made repeatedly: a target with one credential against one address.</summary>
internal sealed record ProbeJob(HandshakeKey Key, Target Target)
{
    /// <summary>The credential that it presents, in its state at the time of the probe.</summary>
    public CredentialHandle Credential { get; init; } = CredentialHandle.Nothing;

    /// <summary>Why it cannot be made: the lookup of its name has already failed. Null otherwise.</summary>
    public FinalEvent? Unreachable { get; init; }

    /// <summary>In a survey: how many addresses the name has beyond those that are probed (<c>max_addresses</c>).</summary>
    public int AddressesLeftOut { get; init; }

    /// <summary>The same job with the credential for its key.</summary>
    public ProbeJob With(CredentialLookup credentials) => this with { Credential = credentials(Key.Identity, Key.Slot) };

    /// <summary>
    /// Whether both make the same handshake, so the results of one apply to the other. Interval, timeout, labels and other jobs do not matter.
    /// </summary>
    public bool ProbesTheSameAs(ProbeJob other) =>
        Key == other.Key && IsSameServer(Target, other.Target);

    /// <summary>Whether both targets are probed in the same way, so what one shows about its server is true of the other.</summary>
    public static bool IsSameServer(Target one, Target other) => ReferenceEquals(one, other) || Probed(one) == Probed(other);

    private static Target Probed(Target target) =>
        target with { Interval = TimeSpan.Zero, Timeout = TimeSpan.Zero, Labels = [], Source = null, Accepts = [], MustReject = [], MustRejectOthers = false, MaxAddresses = 0 };
}
