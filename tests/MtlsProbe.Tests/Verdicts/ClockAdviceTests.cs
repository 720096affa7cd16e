using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Probing;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>A wrong clock is mentioned if dates are decisive, and otherwise not.</summary>
public sealed class ClockAdviceTests
{
    private static readonly DateTimeOffset s_now = TestPki.Now;
    private static readonly ProbeJob s_job = Jobs.Job("a");
    private static readonly Certificate s_ours = TestPki.Root("Root").Client("checkout", template => template with { NotBefore = s_now.AddHours(-1), NotAfter = s_now.AddHours(1) }).Certificate;

    private static ProbeResult Refused(Reason reason) => Jobs.Refused(s_job, s_now, reason) with
    {
        ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = s_ours },
    };

    private static ServerClock Clock(double seconds) => new(s_now.AddMinutes(-1), s_now, seconds, 1);

    [Fact]
    public void A_certificate_that_has_expired_only_by_the_clock_of_the_server_is_due_to_its_clock_whatever_the_alert()
    {
        foreach (var reason in new[] { Reasons.CertificateExpired, Reasons.BadCertificate, Reasons.ClientHttpStatus })
        {
            Assert.StartsWith(
                $"By the server's clock, which was 2h ahead of ours (±1 s, at {TestPki.Now.AddMinutes(-1):yyyy-MM-dd HH:mm:ss'Z'}), our certificate has expired. One of the two clocks is wrong: compare both with a third one. ",
                Hint(Refused(reason), Clock(7200)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_same_is_true_of_a_certificate_that_is_not_valid_yet_by_the_clock_of_the_server() =>
        Assert.Contains("2h behind ours (±1 s, at ", Hint(Refused(Reasons.BadCertificate), Clock(-7200)), StringComparison.Ordinal);

    [Fact]
    public void A_clock_that_explains_nothing_is_named_only_if_the_server_mentions_expiry()
    {
        Assert.StartsWith("The server's clock was 1m ahead of ours", Hint(Refused(Reasons.CertificateExpired), Clock(60)), StringComparison.Ordinal);
        Assert.Equal(Refused(Reasons.UnknownCa), ClockAdvice.Of(Refused(Reasons.UnknownCa), Clock(60)));
        Assert.Equal(Refused(Reasons.CertificateExpired), ClockAdvice.Of(Refused(Reasons.CertificateExpired), Clock(5)));
        Assert.Equal(Refused(Reasons.CertificateExpired), ClockAdvice.Of(Refused(Reasons.CertificateExpired), null));
    }

    [Fact]
    public void A_server_whose_certificate_is_valid_only_by_its_own_clock_has_another_clock()
    {
        var leaf = TestPki.Root("Root").Leaf("a.test", template => template with { NotBefore = s_now.AddMinutes(5), NotAfter = s_now.AddDays(1) }).Certificate;
        var early = Jobs.Accepted(s_job, s_now) with
        {
            Outcome = Outcome.Failed, Success = false, ServerCertificates = [leaf], Failure = new Failure(Phase.Handshake, Reasons.NotYetValid, null, ""),
        };
        Assert.StartsWith("By the server's clock, which was 10m ahead of ours", Hint(early, Clock(600)), StringComparison.Ordinal);
        Assert.StartsWith("The server's clock was 10m behind ours", Hint(early, Clock(-600)), StringComparison.Ordinal);
        Assert.Equal(early with { Failure = early.Failure! with { Reason = Reasons.NameMismatch } }, ClockAdvice.Of(early with { Failure = early.Failure! with { Reason = Reasons.NameMismatch } }, Clock(600)));
    }

    [Fact]
    public void The_clock_from_one_handshake_of_a_survey_serves_the_others_of_the_server()
    {
        var jobs = ProbePlan.For(Jobs.Target("a") with { MustReject = [Identity.None] }, nextIsStaged: _ => false, Replicas.AsConfigured).ToList();
        var told = Jobs.Refused(jobs[1], s_now) with { Success = true, Failure = null, ServerClock = Clock(7200) };
        var results = ClockAdvice.Of(jobs, [Refused(Reasons.CertificateExpired), told]);
        Assert.StartsWith("By the server's clock", results[0].Failure!.Hint, StringComparison.Ordinal);
        Assert.Equal(told, results[1]);
    }

    [Fact]
    public void Results_of_a_schedule_know_the_earlier_clock_of_the_server()
    {
        var store = new ResultStore();
        store.Apply([s_job]);
        store.Record(s_job, Jobs.Accepted(s_job, s_now.AddMinutes(-1)) with { ServerClock = Clock(7200) });
        Assert.StartsWith("By the server's clock", store.Record(s_job, Refused(Reasons.CertificateExpired))!.After.Last!.Failure!.Hint, StringComparison.Ordinal);
        Assert.Equal(7200, store.Servers[0].Clock.Now(s_now, TimeSpan.FromSeconds(30))!.Offset);
    }

    private static string Hint(ProbeResult result, ServerClock clock) => ClockAdvice.Of(result, clock).Failure!.Hint;
}
