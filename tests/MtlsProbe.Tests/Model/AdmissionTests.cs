using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Model;

/// <summary>What is kept about a certificate that a server accepted, and later refuses.</summary>
public sealed class AdmissionTests
{
    private static readonly Certificate s_old = Samples.Certificate("old"), s_new = Samples.Certificate("new");

    [Fact]
    public void The_first_refusal_after_the_last_admission_counts()
    {
        var admission = After(Let(s_old, 1), Let(s_old, 2), Refused(s_old, 3), Refused(s_old, 4));

        Assert.Equal(new Admission(s_old.Sha256, At(2), At(3)), admission);
    }

    [Fact]
    public void A_credential_that_is_accepted_again_is_no_longer_refused() =>
        Assert.Equal(new Admission(s_old.Sha256, At(3), null), After(Let(s_old, 1), Refused(s_old, 2), Let(s_old, 3)));

    [Fact]
    public void A_refusal_of_a_credential_that_was_never_accepted_shows_nothing() => Assert.Null(After(Refused(s_old, 1), Refused(s_old, 2)));

    [Fact]
    public void Each_certificate_has_its_own_history()
    {
        Assert.Null(After(Let(s_old, 1), Refused(s_new, 2)));
        Assert.Equal(new Admission(s_new.Sha256, At(2), null), After(Let(s_old, 1), Let(s_new, 2)));
    }

    [Fact]
    public void A_server_that_is_down_or_got_no_certificate_changes_nothing()
    {
        var known = After(Let(s_old, 1));

        Assert.Equal(known, After(Let(s_old, 1), Result(s_old, 2, Outcome.Failed), Result(s_old, 3, Outcome.Unconfirmed), Result(null, 4, Outcome.Accepted), Result(null, 5, Outcome.Rejected)));
    }

    private static Admission? After(params IEnumerable<ProbeResult> results) => results.Aggregate((Admission?)null, Admission.After);

    private static ProbeResult Let(Certificate presented, int minute) => Result(presented, minute, Outcome.Accepted);

    private static ProbeResult Refused(Certificate presented, int minute) => Result(presented, minute, Outcome.Rejected);

    private static ProbeResult Result(Certificate? presented, int minute, Outcome outcome) => Samples.Accepted(Samples.Target()) with
    {
        At = At(minute),
        Outcome = outcome,
        ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = presented },
    };

    private static DateTimeOffset At(int minute) => Samples.Now.AddMinutes(minute);
}
