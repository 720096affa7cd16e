using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

/// <summary>Targets, jobs and results for the tests of this folder.</summary>
internal static class Jobs
{
    private static readonly CredentialHandle s_staged = CredentialHandle.Broken(new MaterialFault(Reasons.NotFound, ""));

    public static Target Target(string name, double interval = 30, string? address = null) => new()
    {
        Name = name,
        Address = HostPort.TryParse(address ?? $"{name}.test:443")!,
        ServerName = $"{name}.test",
        Protocol = new Https(),
        Identity = "checkout",
        Interval = TimeSpan.FromSeconds(interval),
        Timeout = TimeSpan.FromSeconds(1),
    };

    public static ProbeJob Job(string name, double interval = 30, string? address = null) => Job(Target(name, interval, address));

    public static ProbeJob Job(Target target) => ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).First();

    /// <summary>Credentials of which only one thing is known: whether the slot <c>next</c> of an identity has one.</summary>
    public static CredentialLookup Staged(params string[] identities) => (identity, slot) =>
        slot == Slot.Next && identities.Contains(identity) ? s_staged : CredentialHandle.Nothing;

    /// <summary>Gives a store these jobs and no others.</summary>
    public static void Apply(this ResultStore store, IReadOnlyList<ProbeJob> jobs) => store.Apply(PlanChange.Between(store.Plan, ProbePlan.Of(jobs)));

    public static ProbeResult Accepted(ProbeJob job, DateTimeOffset at) => new()
    {
        Target = job.Key.Target,
        Address = job.Key.Address,
        Identity = job.Key.Identity,
        Slot = job.Key.Slot,
        Expect = job.Key.Expect,
        At = at,
        Outcome = Outcome.Accepted,
        Success = true,
        Evidence = Evidence.CloseNotify,
        Timings = new Timings { Handshake = 0.004, Confirm = 0.010, Total = 0.016 },
    };

    public static ProbeResult Refused(ProbeJob job, DateTimeOffset at, Reason? reason = null, byte alert = 45, string detail = "") => Accepted(job, at) with
    {
        Outcome = Outcome.Rejected,
        Success = false,
        Evidence = Evidence.Alert,
        Failure = new Failure(Phase.Confirm, reason ?? Reasons.CertificateExpired, new Alert(alert), detail),
    };

    public static ProbeResult Unreached(ProbeJob job, DateTimeOffset at) => Accepted(job, at) with
    {
        Outcome = Outcome.Failed,
        Success = false,
        Evidence = null,
        Failure = new Failure(Phase.Connect, Reasons.ConnectionRefused, null, ""),
        Timings = new Timings { Total = 0.001 },
    };
}
