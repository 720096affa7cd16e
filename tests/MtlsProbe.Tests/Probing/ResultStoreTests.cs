using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Probing;

public class ResultStoreTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);

    private readonly ProberMetrics _metrics = new();
    private readonly ResultStore _store;

    public ResultStoreTests() => _store = new ResultStore(_metrics.HandshakeDurations);

    [Fact]
    public void A_planned_job_has_a_state_before_its_first_result_with_every_counter_at_zero()
    {
        _store.Apply([Jobs.Job("a")]);
        var state = Assert.Single(_store.All);
        Assert.Null(state.Last);
        Assert.Equal([0, 0, 0, 0], state.Outcomes);
        Assert.Equal(Enum.GetValues<FailureClass>().Length, state.Failures.Count);
        Assert.All(state.Failures, count => Assert.Equal(0, count));
    }

    [Fact]
    public void Results_are_counted_by_outcome_and_by_class()
    {
        var job = Planned("a");
        _store.Record(job, Jobs.Accepted(job, At));
        _store.Record(job, Jobs.Accepted(job, At.AddSeconds(30)));
        _store.Record(job, Jobs.Refused(job, At.AddSeconds(60)));
        _store.Record(job, Jobs.Unreached(job, At.AddSeconds(90)));

        var state = Assert.Single(_store.All);
        Assert.Equal(2, state.Outcomes[(int)Outcome.Accepted]);
        Assert.Equal(1, state.Outcomes[(int)Outcome.Rejected]);
        Assert.Equal(1, state.Outcomes[(int)Outcome.Failed]);
        Assert.Equal(1, state.Failures[(int)FailureClass.ClientCertificate]);
        Assert.Equal(1, state.Failures[(int)FailureClass.Network]);
        Assert.Equal(2, state.Failures.Sum());
        Assert.Equal(At.AddSeconds(30), state.LastSuccess);
        Assert.Equal(Outcome.Failed, state.Last!.Outcome);
    }

    [Fact]
    public void The_last_change_is_the_time_at_which_outcome_reason_or_alert_changed()
    {
        var job = Planned("a");
        DateTimeOffset? Since(ProbeResult result) => _store.Record(job, result)!.After.Since;

        Assert.Equal(At, Since(Jobs.Accepted(job, At)));
        Assert.Equal(At, Since(Jobs.Accepted(job, At.AddSeconds(1))));
        Assert.Equal(At.AddSeconds(2), Since(Jobs.Refused(job, At.AddSeconds(2))));
        Assert.Equal(At.AddSeconds(2), Since(Jobs.Refused(job, At.AddSeconds(3), detail: "in other words")));
        Assert.Equal(At.AddSeconds(4), Since(Jobs.Refused(job, At.AddSeconds(4), alert: 46)));
        Assert.Equal(At.AddSeconds(5), Since(Jobs.Refused(job, At.AddSeconds(5), Reasons.UnknownCa, alert: 46)));
        Assert.Equal(At.AddSeconds(6), Since(Jobs.Unreached(job, At.AddSeconds(6))));
    }

    [Fact]
    public void The_history_belongs_to_the_series_and_restarts_if_the_handshake_changes()
    {
        var job = Planned("a");
        _store.Record(job, Jobs.Accepted(job, At));
        _store.Record(job, Jobs.Refused(job, At.AddSeconds(30)));
        Assert.Equal([At, At.AddSeconds(30)], Assert.Single(_store.All).History.Recent.Select(result => result.At));

        _store.Apply([job with { Target = job.Target with { Interval = TimeSpan.FromSeconds(7) } }]);
        Assert.Equal(2, Assert.Single(_store.All).History.Recent.Length);
        _store.Apply([job with { Target = job.Target with { ServerName = "other.test" } }]);
        Assert.Empty(Assert.Single(_store.All).History.Recent);
    }

    [Fact]
    public void The_version_changes_with_everything_that_is_shown_and_a_revision_only_with_its_own_series()
    {
        var (a, b) = (Jobs.Job("a"), Jobs.Job("b"));
        _store.Apply([a, b]);
        var (version, revisions) = (_store.Version, _store.All.Select(state => state.Revision).ToList());

        _store.Record(a, Jobs.Accepted(a, At));
        Assert.NotEqual(version, version = _store.Version);
        Assert.NotEqual(revisions[0], _store.All[0].Revision);
        Assert.Equal(revisions[1], _store.All[1].Revision);

        _store.Apply([a, b with { Target = b.Target with { Labels = [new Label("team", "money")] } }]);
        Assert.NotEqual(version, version = _store.Version);
        Assert.NotEqual(revisions[1], _store.All[1].Revision);

        _store.Record(Jobs.Job("gone"), Jobs.Accepted(a, At));
        Assert.Equal(version, _store.Version);
        _store.Touch();
        Assert.NotEqual(version, _store.Version);
    }

    [Fact]
    public void Each_result_replaces_the_whole_state_and_earlier_copies_do_not_change()
    {
        var job = Planned("a");
        var taken = _store.All;
        var change = _store.Record(job, Jobs.Accepted(job, At))!;
        Assert.Null(taken[0].Last);
        Assert.Same(taken[0], change.Before);
        Assert.Same(_store.All[0], change.After);
    }

    [Fact]
    public void Facts_about_the_server_outlive_probes_that_never_reached_it()
    {
        var job = Planned("a");
        var leaf = TestPki.Root("Root").Leaf("a.test").Certificate;
        _store.Record(job, Jobs.Accepted(job, At) with { ServerCertificates = [leaf] });
        _store.Record(job, Jobs.Unreached(job, At.AddSeconds(30)));

        var server = _store.All[0].Server!;
        Assert.Equal([leaf], server.Certificates);
        Assert.Equal(At, server.At);
    }

    [Fact]
    public void A_silent_close_is_a_refusal_only_while_the_server_accepts_those_that_it_must_accept()
    {
        var jobs = ProbePlan.For(Jobs.Target("a") with { MustReject = [Identity.None] }, nextIsStaged: _ => false, Replicas.AsConfigured).ToList();
        _store.Apply(jobs);
        var (accept, reject) = (jobs[0], jobs[1]);
        var closed = Jobs.Accepted(reject, At) with { Outcome = Outcome.Rejected, Evidence = Evidence.Closed };
        var alert = closed with { Evidence = Evidence.Alert };

        Assert.Equal(Outcome.Unconfirmed, _store.Record(reject, closed)!.After.Last!.Outcome);
        _store.Record(accept, Jobs.Accepted(accept, At));
        Assert.True(_store.Record(reject, closed)!.After.Last!.Success);
        _store.Record(accept, Jobs.Refused(accept, At));
        var unknown = _store.Record(reject, closed)!.After.Last!;
        Assert.Equal((Outcome.Unconfirmed, false, Reasons.NoConfirmation), (unknown.Outcome, unknown.Success, unknown.Failure?.Reason));
        Assert.True(_store.Record(reject, alert)!.After.Last!.Success);

        var survey = Corroboration.Of(jobs, [Jobs.Unreached(accept, At), closed]);
        Assert.Equal(Outcome.Unconfirmed, survey[1].Outcome);
        Assert.Equal(Outcome.Rejected, Corroboration.Of(jobs, [Jobs.Accepted(accept, At), closed])[1].Outcome);
    }

    [Fact]
    public void Any_credential_that_the_server_must_accept_shows_that_it_is_up()
    {
        var target = Jobs.Target("a") with { Accepts = ["batch"], MustReject = [Identity.None] };
        var jobs = ProbePlan.For(target, nextIsStaged: _ => false, Replicas.AsConfigured).ToList();
        _store.Apply(jobs);
        var closed = Jobs.Accepted(jobs[2], At) with { Outcome = Outcome.Rejected, Evidence = Evidence.Closed };

        _store.Record(jobs[1], Jobs.Accepted(jobs[1], At));
        _store.Record(jobs[0], Jobs.Refused(jobs[0], At));
        Assert.True(_store.Record(jobs[2], closed)!.After.Last!.Success);

        // It is no longer expected that the server accepts that one.
        _store.Apply(ProbePlan.For(target with { Accepts = [] }, nextIsStaged: _ => false, Replicas.AsConfigured).ToList());
        Assert.Equal(Outcome.Unconfirmed, _store.Record(jobs[2], closed)!.After.Last!.Outcome);
    }

    [Fact]
    public void Another_leaf_is_a_change_and_the_same_one_after_an_outage_is_not()
    {
        var job = Planned("a");
        var root = TestPki.Root("Root");
        var (first, second) = (root.Leaf("a.test").Certificate, root.Leaf("a.test").Certificate);
        _store.Record(job, Jobs.Accepted(job, At) with { ServerCertificates = [first] });
        _store.Record(job, Jobs.Unreached(job, At.AddSeconds(30)));
        _store.Record(job, Jobs.Accepted(job, At.AddSeconds(60)) with { ServerCertificates = [first, root.Certificate] });
        Assert.Equal(0, _store.Servers[0].Leaves.Changes);
        Assert.Null(_store.Servers[0].Leaves.LastChange);

        _store.Record(job, Jobs.Refused(job, At.AddSeconds(90)) with { ServerCertificates = [second] });
        Assert.Equal(1, _store.Servers[0].Leaves.Changes);
        Assert.Equal(At.AddSeconds(90), _store.Servers[0].Leaves.LastChange);
    }

    [Fact]
    public async Task Handshakes_that_were_completed_are_in_the_histogram_of_the_fleet()
    {
        var job = Planned("a");
        _store.Record(job, Jobs.Unreached(job, At) with { Timings = new Timings { Handshake = 5, Total = 5 } }); // it timed out
        _store.Record(job, Jobs.Accepted(job, At)); // 4 ms
        _store.Record(job, Jobs.Unreached(job, At));
        var counted = await ReadExposition.OfAsync(_metrics.Registry);
        Assert.Equal(1, counted.Series["mtlsprobe_handshake_duration_seconds_count{}"]);
        Assert.Equal(0, counted.Series["mtlsprobe_handshake_duration_seconds_bucket{le=\"0.002\"}"]);
        Assert.Equal(1, counted.Series["mtlsprobe_handshake_duration_seconds_bucket{le=\"0.005\"}"]);
        Assert.Equal(0.004, counted.Series["mtlsprobe_handshake_duration_seconds_sum{}"], 6);
    }

    [Fact]
    public void The_first_round_is_done_when_every_job_of_the_first_plan_has_a_result_of_any_kind()
    {
        Assert.False(_store.FirstRoundDone);
        var (a, b) = (Jobs.Job("a"), Jobs.Job("b"));
        _store.Apply([a, b]);
        _store.Record(a, Jobs.Accepted(a, At));
        _store.Record(a, Jobs.Accepted(a, At));
        Assert.False(_store.FirstRoundDone);
        _store.Record(b, Jobs.Unreached(b, At));
        Assert.True(_store.FirstRoundDone);

        _store.Apply([a, b, Jobs.Job("c")]);
        Assert.True(_store.FirstRoundDone);
    }

    [Fact]
    public void A_target_that_changes_before_its_first_result_is_still_awaited()
    {
        var (a, b) = (Jobs.Job("a"), Jobs.Job("b"));
        _store.Apply([a, b]);
        _store.Record(a, Jobs.Accepted(a, At));
        var changed = b with { Target = b.Target with { ServerName = "other.test" } };

        _store.Apply([a, changed]);

        Assert.False(_store.FirstRoundDone);
        _store.Record(changed, Jobs.Accepted(changed, At));
        Assert.True(_store.FirstRoundDone);
    }

    [Fact]
    public void Single_results_are_kept_unchanged()
    {
        var (accept, reject) = (Jobs.Job("a"), Jobs.Job("a") with { Key = Jobs.Job("a").Key with { Expect = Expectation.Reject, Identity = "old" } });
        var closed = Jobs.Refused(reject, At) with { Expect = Expectation.Reject, Evidence = Evidence.Closed };

        var store = Recording.Alone([accept, reject], [Jobs.Unreached(accept, At), closed]);

        Assert.Equal(closed.Outcome, store.All[1].Last!.Outcome); // the caller has already judged them together
    }

    [Fact]
    public void A_target_that_is_removed_before_its_first_result_is_not_awaited()
    {
        var a = Jobs.Job("a");
        _store.Apply([a, Jobs.Job("b")]);
        _store.Record(a, Jobs.Accepted(a, At));
        _store.Apply([a, Jobs.Job("new")]);
        Assert.True(_store.FirstRoundDone);
    }

    [Fact]
    public void A_reload_keeps_equal_targets_forgets_removed_ones_and_follows_the_order_of_the_file()
    {
        var (a, b) = (Jobs.Job("a"), Jobs.Job("b"));
        _store.Apply([a, b]);
        _store.Record(a, Jobs.Accepted(a, At));
        _store.Record(b, Jobs.Accepted(b, At));

        _store.Apply([Jobs.Job("c"), Jobs.Job("a")]); // equal, not the same
        Assert.Equal(["c", "a"], _store.All.Select(state => state.Key.Target));
        Assert.Equal(1, _store.All[1].Outcomes[(int)Outcome.Accepted]);
        _store.Apply([a, b]);
        Assert.Null(_store.All[1].Last);
    }

    [Fact]
    public void Labels_interval_and_timeout_take_effect_and_the_counters_stay()
    {
        var job = Planned("a");
        _store.Record(job, Jobs.Accepted(job, At));
        var changed = job.Target with { Labels = [new Label("team", "money")], Interval = TimeSpan.FromSeconds(10), Timeout = TimeSpan.FromSeconds(2) };
        _store.Apply([Jobs.Job(changed)]);
        Assert.Equal(1, _store.All[0].Outcomes[(int)Outcome.Accepted]);
        Assert.Equal(changed, _store.All[0].Target);
    }

    [Theory]
    [MemberData(nameof(WhatIsProbed))]
    public void A_target_with_another_handshake_starts_anew(int index)
    {
        var job = Planned("a");
        _store.Record(job, Jobs.Accepted(job, At));
        _store.Apply([Jobs.Job(s_changes[index](job.Target))]);
        Assert.Null(_store.All[0].Last);
        Assert.Equal(0, _store.All[0].Outcomes.Sum());
    }

    [Fact]
    public void A_late_result_of_a_removed_or_changed_job_is_dropped()
    {
        var job = Planned("a");
        _store.Apply([Jobs.Job(job.Target with { ServerName = "other.test" })]);
        Assert.Null(_store.Record(job, Jobs.Accepted(job, At)));
        Assert.Null(_store.All[0].Last);

        _store.Apply([]);
        Assert.Null(_store.Record(job, Jobs.Accepted(job, At)));
        Assert.Empty(_store.All);
        Assert.Equal(0, _metrics.HandshakeDurations.Count);
    }

    private static readonly Func<Target, Target>[] s_changes =
    [
        target => target with { Address = HostPort.TryParse("a.test:8443")! },
        target => target with { ServerName = "other.test" },
        target => target with { Protocol = new Tls() },
        target => target with { Protocol = new Https { Path = "/health" } },
        target => target with { Protocol = new Https { ExpectStatus = [new StatusRange(200, 299)] } },
        target => target with { Identity = "other" },
        target => target with { Trust = "other" },
        target => target with { Tls = target.Tls with { MinVersion = TlsVersion.Tls13 } },
        target => target with { Tls = target.Tls with { Alpn = ["h2"] } },
    ];

    public static TheoryData<int> WhatIsProbed => [.. Enumerable.Range(0, s_changes.Length)];

    private ProbeJob Planned(string name)
    {
        var job = Jobs.Job(name);
        _store.Apply([job]);
        return job;
    }
}
