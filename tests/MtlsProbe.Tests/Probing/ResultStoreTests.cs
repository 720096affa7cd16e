using Microsoft.Extensions.Logging;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class ResultStoreTests
{
    private static readonly DateTimeOffset Now = TestPki.Now;
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly Certificate Old = Root.Leaf("a.test").Certificate;
    private static readonly Certificate New = Root.Leaf("a.test").Certificate;

    private readonly ResultStore _store = new();
    private readonly LogLines<ChangeLog> _log = new();
    private readonly ProbeJob _job = Jobs.Job("a");

    public ResultStoreTests() => _store.Apply([_job, Jobs.Job("b")]);

    private HandshakeState State => _store.All.Single(state => state.Key == _job.Key);

    [Fact]
    public void Counters_begin_at_zero_and_count_outcomes_and_classes()
    {
        Assert.All(State.Outcomes, count => Assert.Equal(0, count));
        Assert.All(State.Failures, count => Assert.Equal(0, count));

        Record(Jobs.Accepted(_job, Now));
        Record(Jobs.Refused(_job, Now.AddSeconds(30)));
        Record(Jobs.Unreached(_job, Now.AddSeconds(60)));

        Assert.Equal([1, 1, 0, 1], State.Outcomes);
        Assert.Equal(1, State.Failures[(int)FailureClass.ClientCertificate]);
        Assert.Equal(1, State.Failures[(int)FailureClass.Network]);
        Assert.Equal(Now, State.LastSuccess);
    }

    [Fact]
    public void What_the_server_showed_outlives_probes_that_do_not_reach_it()
    {
        Record(Serving(Old, Now));
        Record(Jobs.Unreached(_job, Now.AddSeconds(30)));

        Assert.Equal(Old, State.Server?.Certificates[0]);
        Assert.Equal(Outcome.Failed, State.Last?.Outcome);
    }

    [Fact]
    public void A_change_of_the_leaf_is_counted_once_and_also_over_an_outage()
    {
        Record(Serving(Old, Now));
        Record(Jobs.Unreached(_job, Now.AddSeconds(30)));
        Record(Serving(New, Now.AddSeconds(60)));
        Record(Serving(New, Now.AddSeconds(90)));

        Assert.Equal(1, State.LeafChanges);
        Assert.Equal(Now.AddSeconds(60), State.LastLeafChange);
    }

    [Fact]
    public void The_first_round_is_done_when_every_job_of_the_first_plan_that_is_still_planned_has_a_result()
    {
        Assert.False(_store.FirstRoundDone);
        Record(Jobs.Accepted(_job, Now));
        Assert.False(_store.FirstRoundDone);
        _store.Apply([_job, Jobs.Job("c")]);
        Assert.True(_store.FirstRoundDone);
    }

    [Fact]
    public void A_reload_keeps_unchanged_targets_resets_changed_ones_and_forgets_removed_ones()
    {
        Record(Jobs.Accepted(_job, Now));
        _store.Apply([Jobs.Job(_job.Target with { Interval = TimeSpan.FromMinutes(1), Labels = [new Label("team", "money")] })]);
        Assert.Equal(1, State.Outcomes[(int)Outcome.Accepted]);
        Assert.Equal("money", State.Target.Labels[0].Value);

        _store.Apply([Jobs.Job(_job.Target with { ServerName = "other.test" })]);
        Assert.Equal(0, State.Outcomes[(int)Outcome.Accepted]);
        Assert.Null(State.Last);

        Assert.Null(_store.Record(_job, Jobs.Accepted(_job, Now)));
        Assert.Equal(0, State.Outcomes[(int)Outcome.Accepted]);
        Assert.Single(_store.All);
    }

    [Fact]
    public void A_line_is_logged_for_each_change_of_state_and_none_for_more_of_the_same()
    {
        Record(Serving(Old, Now));
        Record(Serving(Old, Now));
        Record(Jobs.Refused(_job, Now, detail: "evil\r\nline\u001b[31m"));
        Record(Jobs.Refused(_job, Now));
        Record(Jobs.Refused(_job, Now, Reasons.UnknownCa, 48));
        Record(Serving(Old, Now));
        Record(Serving(New, Now));

        Assert.Equal(
            [(LogLevel.Information, "works"), (LogLevel.Warning, "fails now"), (LogLevel.Warning, "fails for another reason"),
                (LogLevel.Information, "works again"), (LogLevel.Information, "serves another certificate")],
            _log.Shown.Select(line => (line.Level, (string)line.Fields["Change"]!)));
        var refused = _log.Shown[1];
        Assert.Equal(("a", "checkout", "rejected", "client_certificate", "certificate_expired", "certificate_expired"),
            (refused.Fields["Target"], refused.Fields["Identity"], refused.Fields["Outcome"], refused.Fields["@class"], refused.Fields["Reason"], refused.Fields["Alert"]));
        Assert.DoesNotContain(refused.Text, c => char.IsControl(c));
        Assert.Equal((New.Serial, Old.Issuer), (_log.Shown[4].Fields["Serial"], _log.Shown[4].Fields["Issuer"]));
        Assert.Contains(Old.Serial, _log.Shown[4].Text, StringComparison.Ordinal);
    }

    private ProbeResult Serving(Certificate leaf, DateTimeOffset at) => Jobs.Accepted(_job, at) with { ServerCertificates = [leaf], Chain = new ChainVerdict() };

    private void Record(ProbeResult result)
    {
        if (_store.Record(_job, result) is { } change) new ChangeLog(_log).Write(change);
    }
}
