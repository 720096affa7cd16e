using System.Net;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// What has to be probed: each target at each of its addresses with each of its credentials, those that it has to refuse as well.
/// </summary>
internal static class ProbePlan
{
    /// <summary>Every job of a configuration, in the order of its targets.</summary>
    /// <param name="nextIsStaged">Whether the files of an identity's slot <c>next</c> are there.</param>
    /// <param name="replicas">The addresses of a target of which all are probed; null while they are not known.</param>
    public static ValueList<ProbeJob> From(Configuration configuration, Func<string, bool> nextIsStaged, Func<Target, Replicas?> replicas) =>
        configuration.Targets
            .SelectMany(target => For(target, nextIsStaged(target.Identity), target.Addresses == AddressChoice.All ? replicas(target) : Replicas.AsConfigured))
            .ToValueList();

    /// <summary>The jobs of one target; none while its addresses are not known.</summary>
    public static IEnumerable<ProbeJob> For(Target target, bool nextIsStaged, Replicas? replicas)
    {
        if (replicas is null) yield break;

        // A name that cannot be looked up fails as such, and once: it is not the credentials' fault.
        if (replicas.Failure is { } failure) yield return Job(target, target.Identity, Slot.Current, Expectation.Accept) with { Unreachable = failure };
        IEnumerable<Target> places = ReferenceEquals(replicas, Replicas.AsConfigured) ? [target] : replicas.Addresses.Select(address => At(target, address));
        foreach (var place in places)
        {
            yield return Job(place, target.Identity, Slot.Current, Expectation.Accept);
            if (nextIsStaged) yield return Job(place, target.Identity, Slot.Next, Expectation.Accept);
            foreach (var refused in target.MustReject) yield return Job(Harmless(place), refused, Slot.Current, Expectation.Reject);
        }
    }

    /// <summary>The target at one of its addresses; SNI and the name check stay as they are.</summary>
    private static Target At(Target target, IPAddress address) => target with { Address = new HostPort(address.ToString(), target.Address.Port) };

    /// <summary>
    /// A request by somebody who should not get in says nothing that he should not know, and changes nothing if he gets in all the same.
    /// </summary>
    private static Target Harmless(Target target) => target with { Protocol = target.Protocol.Harmless() };

    private static ProbeJob Job(Target target, string identity, Slot slot, Expectation expect) =>
        new(new HandshakeKey(target.Name, target.Address.ToString(), identity, slot, expect), target);
}

/// <summary>The addresses of a target, as its name gives them.</summary>
/// <param name="Addresses">In a stable order, each once.</param>
internal sealed record Replicas(ValueList<IPAddress> Addresses)
{
    /// <summary>The target's own address, whatever a probe makes of it.</summary>
    public static readonly Replicas AsConfigured = new([]);

    /// <summary>How the last look-up failed; the addresses are those known before. Null when it did not.</summary>
    public Ending? Failure { get; init; }
}
