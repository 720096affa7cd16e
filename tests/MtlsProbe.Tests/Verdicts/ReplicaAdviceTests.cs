using System.Net;
using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Probing;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>What another replica of the same target accepts is mentioned in the advice about a refusal.</summary>
public sealed class ReplicaAdviceTests
{
    private static readonly Certificate s_shown = TestPki.Root("New CA").Client("checkout").Certificate;
    private static readonly Certificate s_before = TestPki.Root("Old CA").Client("checkout").Certificate;
    private static readonly IReadOnlyList<ProbeJob> s_jobs =
    [
        .. ProbePlan.For(Jobs.Target("a") with { Addresses = AddressChoice.All }, nextIsStaged: _ => false, new Replicas([IPAddress.Parse("10.0.0.6"), IPAddress.Parse("10.0.0.7")])),
    ];

    private static ProbeResult Refused(ProbeJob job, Certificate shown) => Shown(Jobs.Refused(job, TestPki.Now, Reasons.UnknownCa, 48, "the server sent alert unknown_ca (48)"), shown);

    private static ProbeResult Accepted(ProbeJob job, Certificate shown) => Shown(Jobs.Accepted(job, TestPki.Now), shown);

    [Fact]
    public void A_replica_that_accepts_the_same_certificate_shows_that_the_other_one_differs()
    {
        var failure = ReplicaAdvice.Of(s_jobs, [Refused(s_jobs[0], s_shown), Accepted(s_jobs[1], s_shown)])[0].Failure!;
        Assert.Equal($"the server sent alert unknown_ca (48); replica 10.0.0.7:443 accepts serial {s_shown.Serial}, which is the same certificate", failure.Detail);
        Assert.StartsWith("Replica 10.0.0.7:443 accepts the same certificate, so the fault is at this replica", failure.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replica_that_accepts_another_certificate_is_named_with_both_serial_numbers()
    {
        var failure = ReplicaAdvice.Of(s_jobs, [Refused(s_jobs[0], s_shown), Accepted(s_jobs[1], s_before)])[0].Failure!;
        Assert.EndsWith($"; replica 10.0.0.7:443 accepts serial {s_before.Serial}", failure.Detail, StringComparison.Ordinal);
        Assert.Contains($"serial {s_before.Serial} from CN=Old CA; this one was shown serial {s_shown.Serial} from CN=New CA", failure.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Known_faults_of_the_credential_come_first()
    {
        var refused = Refused(s_jobs[0], s_shown);
        refused = refused with { Failure = refused.Failure! with { Hint = "Our certificate expired." } };
        Assert.Equal("Our certificate expired. Also, replica 10.0.0.7:443 accepts the same certificate.", ReplicaAdvice.Of(s_jobs, [refused, Accepted(s_jobs[1], s_shown)])[0].Failure!.Hint);
    }

    [Fact]
    public void Nothing_is_added_if_no_other_replica_accepts_or_nothing_was_refused()
    {
        ProbeResult[] both = [Refused(s_jobs[0], s_shown), Refused(s_jobs[1], s_shown)];
        Assert.Equal(both, ReplicaAdvice.Of(s_jobs, both));
        ProbeResult[] down = [Jobs.Unreached(s_jobs[0], TestPki.Now), Accepted(s_jobs[1], s_shown)];
        Assert.Equal(down, ReplicaAdvice.Of(s_jobs, down));
    }

    [Fact]
    public void The_results_of_a_schedule_know_the_last_ones_of_the_other_replicas()
    {
        var store = new ResultStore();
        store.Apply(s_jobs);
        Assert.Equal(Reasons.UnknownCa.Hint, store.Record(s_jobs[0], Refused(s_jobs[0], s_shown))!.After.Last!.Failure!.Hint);
        store.Record(s_jobs[1], Accepted(s_jobs[1], s_shown));
        Assert.StartsWith("Replica 10.0.0.7:443 accepts the same certificate", store.Record(s_jobs[0], Refused(s_jobs[0], s_shown))!.After.Last!.Failure!.Hint, StringComparison.Ordinal);
    }

    private static ProbeResult Shown(ProbeResult result, Certificate shown) => result with { ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = shown } };
}
