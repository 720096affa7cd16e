using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>One handshake to be made again and again: a target with one credential against one address.</summary>
internal sealed record ProbeJob(HandshakeKey Key, Target Target)
{
    /// <summary>The credential that it presents, as it is by the time that it is made.</summary>
    public CredentialHandle Credential { get; init; } = CredentialHandle.Nothing;

    /// <summary>What keeps it from being made: the look-up of its name has failed already. Null otherwise.</summary>
    public FinalEvent? Unreachable { get; init; }

    /// <summary>In a survey: how many addresses the name has beyond those that are probed (<c>max_addresses</c>).</summary>
    public int AddressesLeftOut { get; init; }

    /// <summary>The same job with the credential that its key names.</summary>
    public ProbeJob With(CredentialLookup credentials) => this with { Credential = credentials(Key.Identity, Key.Slot) };

    /// <summary>
    /// Whether both make the same handshake, so that the results of one apply to the other. Interval, timeout, labels and other jobs do not matter.
    /// </summary>
    public bool ProbesTheSameAs(ProbeJob other) =>
        Key == other.Key && IsSameServer(Target, other.Target);

    /// <summary>Whether both targets are probed alike, so that what one shows of its server stands for the other.</summary>
    public static bool IsSameServer(Target one, Target other) => ReferenceEquals(one, other) || Probed(one) == Probed(other);

    private static Target Probed(Target target) =>
        target with { Interval = TimeSpan.Zero, Timeout = TimeSpan.Zero, Labels = [], Accepts = [], MustReject = [], MustRejectOthers = false, MaxAddresses = 0 };
}
