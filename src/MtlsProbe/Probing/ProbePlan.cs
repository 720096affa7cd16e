using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// What to probe: each target at each of its addresses, with each credential that it must accept or refuse. Immutable; the next plan reuses unchanged
/// parts.
/// </summary>
internal sealed class ProbePlan
{
    public static readonly ProbePlan Empty = new([]);

    private readonly KeyTable<string, TargetPlan> _byName;

    private ProbePlan(ValueList<TargetPlan> targets)
    {
        Targets = targets;
        _byName = new KeyTable<string, TargetPlan>(target => target.Name, targets.Memory);
    }

    /// <summary>In the order of the targets.</summary>
    public ValueList<TargetPlan> Targets { get; }

    /// <summary>In the order of the targets.</summary>
    public IEnumerable<ProbeJob> Jobs => Targets.SelectMany(target => target.Jobs);

    /// <summary>The plan of a target; null if there is no target with this name.</summary>
    public TargetPlan? Of(string target) => _byName.Find(target);

    /// <summary>The next plan: an unchanged target keeps its <see cref="TargetPlan"/> object.</summary>
    /// <param name="targets">Names are unique.</param>
    /// <param name="credentials">The current credentials of the jobs.</param>
    /// <param name="replicas">Returns the addresses of a target with <c>addresses: all</c>; null while they are not known.</param>
    public ProbePlan Next(ValueList<Target> targets, CredentialLookup credentials, Func<Target, Replicas?> replicas)
    {
        var staged = new Dictionary<string, ValueList<string>>(StringComparer.Ordinal);
        var handles = new Dictionary<(string, Slot), CredentialHandle>();
        return new([.. targets.Select(Planned)]);

        TargetPlan Planned(Target target)
        {
            var whose = StagedOf(target);
            var addresses = target.Addresses == AddressChoice.All ? replicas(target) : Replicas.AsConfigured;
            return Of(target.Name) is { } known && known.IsOf(target, whose, Handle, addresses) ? known : TargetPlan.Of(target, whose, Handle, addresses);
        }

        ValueList<string> StagedOf(Target target)
        {
            if (target.Accepts.Count > 0) return [.. target.Accepted.Where(identity => Handle(identity, Slot.Next).IsStaged)];
            if (!staged.TryGetValue(target.Identity, out var whose)) staged[target.Identity] = whose = Handle(target.Identity, Slot.Next).IsStaged ? [target.Identity] : [];
            return whose;
        }

        CredentialHandle Handle(string identity, Slot slot)
        {
            if (!handles.TryGetValue((identity, slot), out var handle)) handles[(identity, slot)] = handle = credentials(identity, slot);
            return handle;
        }
    }

    /// <summary>The plan that consists of these jobs.</summary>
    public static ProbePlan Of(IReadOnlyList<ProbeJob> jobs) =>
        new([.. jobs.GroupBy(job => job.Key.Target, (_, own) => new TargetPlan(own.ToValueList()))]);

    /// <summary>The jobs of one target; none while its addresses are not known.</summary>
    /// <param name="nextIsStaged">Whether the replacement of an identity's credential can be tried.</param>
    public static IEnumerable<ProbeJob> For(Target target, Func<string, bool> nextIsStaged, Replicas? replicas)
    {
        if (replicas is null) yield break;

        // If a name cannot be resolved, that is reported once: it is not a fault of the credentials.
        if (replicas.Failure is { } failure) yield return Job(target, target.Identity, Slot.Current, Expectation.Accept) with { Unreachable = failure };
        IEnumerable<Target> places = ReferenceEquals(replicas, Replicas.AsConfigured) ? [target] : replicas.Addresses.Select(address => At(target, address));
        foreach (var place in places)
        {
            foreach (var accepted in target.Accepted)
            {
                yield return Job(place, accepted, Slot.Current, Expectation.Accept);
                if (nextIsStaged(accepted)) yield return Job(place, accepted, Slot.Next, Expectation.Accept);
            }

            foreach (var refused in target.MustReject) yield return Job(Harmless(place), refused, Slot.Current, Expectation.Reject);
        }
    }

    /// <summary>The target at one of its addresses; SNI and the name check do not change.</summary>
    private static Target At(Target target, IPAddress address) => target with { Address = new HostPort(address.ToString(), target.Address.Port) };

    /// <summary>A request with a credential that should be refused discloses nothing, and changes nothing if the server accepts it.</summary>
    private static Target Harmless(Target target) => target with { Protocol = target.Protocol.Harmless() };

    private static ProbeJob Job(Target target, string identity, Slot slot, Expectation expect) =>
        new(new HandshakeKey(target.Name, target.Address.ToString(), identity, slot, expect), target);
}

/// <summary>The addresses of a target's name.</summary>
/// <param name="Addresses">In a stable order, without duplicates.</param>
internal sealed record Replicas(ValueList<IPAddress> Addresses)
{
    /// <summary>The target's configured address.</summary>
    public static readonly Replicas AsConfigured = new([]);

    /// <summary>How the last lookup failed; the addresses are then those known before. Null if it succeeded.</summary>
    public FinalEvent? Failure { get; init; }
}
