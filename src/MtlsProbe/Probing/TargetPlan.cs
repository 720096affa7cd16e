using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>The jobs of one target. Two plans that share the instance agree about it.</summary>
internal sealed class TargetPlan(ValueList<ProbeJob> jobs)
{
    private readonly Target? _target;
    private readonly ValueList<string> _staged;
    private readonly Replicas? _replicas;

    private TargetPlan(Target target, ValueList<string> staged, CredentialLookup credentials, Replicas? replicas)
        : this(ProbePlan.For(target, identity => staged.Contains(identity), replicas).DistinctBy(job => job.Key).Select(job => job.With(credentials)).ToValueList()) =>
        (_target, _staged, _replicas) = (target, staged, replicas);

    /// <summary>Of a plan without a target: that of its jobs, of which there is at least one.</summary>
    public string Name => _target?.Name ?? Jobs[0].Key.Target;

    /// <summary>None while its addresses are not known.</summary>
    public ValueList<ProbeJob> Jobs { get; } = jobs;

    /// <summary>The servers that must accept a credential, each once.</summary>
    public IEnumerable<ServerKey> Servers => Jobs.Where(job => job.Key.Expect == Expectation.Accept).Select(job => job.Key.Server).Distinct();

    /// <param name="staged">The identities that it must accept and that have a staged credential.</param>
    /// <param name="replicas">Null while they are not known.</param>
    public static TargetPlan Of(Target target, ValueList<string> staged, CredentialLookup credentials, Replicas? replicas) =>
        new(target, staged, credentials, replicas);

    /// <summary>Whether this is the plan for such a target, with credentials from the current sources.</summary>
    public bool IsOf(Target target, ValueList<string> staged, CredentialLookup credentials, Replicas? replicas) =>
        (ReferenceEquals(_target, target) || _target == target) && _staged == staged
        && (ReferenceEquals(_replicas, replicas) || _replicas == replicas) && PresentsTheSame(credentials);

    private bool PresentsTheSame(CredentialLookup credentials)
    {
        foreach (var job in Jobs)
        {
            if (!ReferenceEquals(job.Credential, credentials(job.Key.Identity, job.Key.Slot))) return false;
        }

        return true;
    }
}
