using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Rotation;

/// <summary>A rotation of the credential of an identity over time, from results one after another.</summary>
public sealed class CredentialTimelineTests
{
    private static readonly Certificate s_old = Samples.Certificate("old"), s_new = Samples.Certificate("new"), s_retired = Samples.Certificate("retired");

    private readonly Dictionary<HandshakeKey, HandshakeState> _series = [];
    private readonly Dictionary<ServerKey, ServerState> _servers = [];
    private readonly List<CredentialState> _credentials = [new("checkout", Slot.Current, [s_old], Usable: true)];

    [Fact]
    public void Without_a_rotation_there_is_nothing_to_show()
    {
        Accept("a", s_old, 1);
        Assert.Null(Timeline());
    }

    [Fact]
    public void What_nobody_is_shown_has_no_course()
    {
        Stage(2);
        Assert.Null(Timeline());
    }

    [Fact]
    public void While_it_is_staged_each_address_counts_from_the_moment_that_it_accepts()
    {
        foreach (var target in "ab") Accept($"{target}", s_old, 1);
        Stage(2);
        Refuse("a", s_new, 3, Slot.Next);
        Refuse("b", s_new, 3, Slot.Next);
        Accept("a", s_new, 4, Slot.Next);

        var timeline = Timeline()!;
        Assert.Equal((s_new.Serial, s_old.Serial, At(2), null), (timeline.New.Serial, timeline.Old!.Serial, timeline.Staged, timeline.Promoted));
        var line = Assert.Single(timeline.Lines);
        Assert.Equal((TimelineKind.Accepted, 2, 0, null), (line.Kind, line.Total, line.Before, line.Complete));
        Assert.Equal((At(4), 1, 1, "a"), Assert.Single(line.Steps) is var step ? (step.At, step.Count, step.Total, Assert.Single(step.Places).Target) : default);

        Accept("b", s_new, 6, Slot.Next);
        Assert.Equal(At(6), Timeline()!.Lines[0].Complete);
    }

    [Fact]
    public void Who_accepts_it_once_and_refuses_it_now_does_not_count_and_an_outage_changes_nothing()
    {
        foreach (var target in "ab") Accept($"{target}", s_old, 1);
        Stage(2);
        foreach (var target in "ab") Accept($"{target}", s_new, 3, Slot.Next);
        Refuse("a", s_new, 4, Slot.Next);
        Add(Result("b", s_new, 4, Slot.Next) with { Outcome = Outcome.Failed, Success = false, ClientCertificate = null, ServerCertificates = [] });

        var line = Assert.Single(Timeline()!.Lines);
        Assert.Equal((1, null), (line.Steps[^1].Count, line.Complete));
        Assert.Equal("b", line.Steps[^1].Places[0].Target);
    }

    [Fact]
    public void What_was_staged_before_this_process_began_and_is_accepted_at_once_was_so_before()
    {
        _credentials.Add(new CredentialState("checkout", Slot.Next, [s_new], Usable: true));
        foreach (var target in "ab") Accept($"{target}", s_old, 1);
        Accept("a", s_new, 1, Slot.Next);
        Refuse("b", s_new, 1, Slot.Next);
        Accept("b", s_new, 5, Slot.Next);

        var line = Assert.Single(Timeline()!.Lines);
        Assert.Equal((1, At(5)), (line.Before, line.Complete));
        Assert.Equal(2, Assert.Single(line.Steps).Count);
    }

    [Fact]
    public void Once_it_is_promoted_it_is_shown_when_each_address_was_first_shown_it_and_what_was_staged_is_not_forgotten()
    {
        foreach (var target in "ab") Accept($"{target}", s_old, 1);
        Stage(2);
        foreach (var target in "ab") Accept($"{target}", s_new, 3, Slot.Next);
        Promote(10);
        Accept("a", s_new, 11);

        var timeline = Timeline()!;
        Assert.Equal((At(2), At(10), s_old.Serial), (timeline.Staged, timeline.Promoted, timeline.Old!.Serial));
        Assert.Equal([TimelineKind.Accepted, TimelineKind.InUse], timeline.Lines.Select(line => line.Kind));
        Assert.Equal((1, null, At(11)), (timeline.Lines[1].Steps[^1].Count, timeline.Lines[1].Complete, timeline.Lines[1].Steps[^1].At));

        Accept("b", s_new, 12);
        timeline = Timeline()!;
        Assert.Equal([At(3), At(12)], timeline.Lines.Select(line => line.Complete));
        Assert.Equal([null, At(11)], [CredentialTimeline.Since(Entry("a") with { State = Entry("a").State with { Server = null } }), CredentialTimeline.Since(Entry("a"))]);
    }

    [Fact]
    public void What_was_replaced_in_place_has_no_line_of_who_accepted_it_before()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);

        var timeline = Timeline()!;
        Assert.Equal((null, At(10)), (timeline.Staged, timeline.Promoted));
        Assert.Equal((TimelineKind.InUse, At(11)), (Assert.Single(timeline.Lines).Kind, timeline.Lines[0].Complete));
    }

    [Fact]
    public void An_address_that_came_after_the_change_never_had_the_old_one()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Accept("b", s_new, 50);

        var line = Assert.Single(Timeline()!.Lines);
        Assert.Equal((2, 1, At(11)), (line.Total, line.Before, line.Complete));
    }

    [Fact]
    public void An_address_that_refused_it_at_first_counts_from_the_moment_that_it_accepts()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Refuse("a", s_new, 11);
        Assert.Empty(Assert.Single(Timeline()!.Lines).Steps);

        Accept("a", s_new, 20);
        Assert.Equal(At(20), Timeline()!.Lines[0].Complete);
    }

    [Fact]
    public void The_clean_up_is_a_line_of_those_that_refuse_what_they_had_let_in()
    {
        _credentials.Add(new CredentialState("retired", Slot.Current, [s_retired], Usable: true));
        foreach (var target in "ab")
        {
            Accept($"{target}", s_old, 1);
            Accept($"{target}", s_retired, 1, identity: "retired", expect: Expectation.Reject);
        }

        Promote(10, isStaged: false);
        foreach (var target in "ab") Accept($"{target}", s_new, 11);
        Assert.Equal((TimelineKind.OldRefused, 2, 0), Timeline()!.Lines[^1] is var none ? (none.Kind, none.Total, none.Steps.Count) : default);

        Refuse("a", s_retired, 15, identity: "retired", expect: Expectation.Reject);
        Refuse("b", s_retired, 16, identity: "retired", expect: Expectation.Reject);
        Refuse("b", s_retired, 18, identity: "retired", expect: Expectation.Reject);
        Assert.Equal([(At(15), 1), (At(16), 2)], Timeline()!.Lines[^1].Steps.Select(step => (step.At, step.Count)));
        Assert.Equal(At(16), Timeline()!.Lines[^1].Complete);
    }

    [Fact]
    public void Whoever_has_to_be_refused_and_always_was_is_no_part_of_a_rotation()
    {
        _credentials.Add(new CredentialState("stranger", Slot.Current, [s_retired], Usable: true));
        Accept("a", s_old, 1);
        Refuse("a", s_retired, 1, identity: "stranger", expect: Expectation.Reject);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);

        Assert.Equal(TimelineKind.InUse, Assert.Single(Timeline()!.Lines).Kind);
    }

    [Fact]
    public void A_server_that_asks_for_no_certificate_is_not_counted()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Add(Result("b", s_new, 11) with { ClientCertificate = new() { Requested = false } });

        Assert.Equal((1, At(11)), Timeline()!.Lines[0] is var line ? (line.Total, line.Complete) : default);
    }

    [Fact]
    public void Ten_thousand_addresses_share_sixty_steps_and_none_is_lost()
    {
        var reached = Enumerable.Range(0, 10_000).Select(i => (new ServerKey($"t{i}", "10.0.0.1:443"), (DateTimeOffset?)Samples.Now.AddMilliseconds(i / 3 * 7))).ToList();
        var line = TimelineLine.Of(TimelineKind.InUse, 10_000, reached);

        Assert.InRange(line.Steps.Count, 50, TimelineLine.MostSteps);
        Assert.Equal((10_000, 10_000), (line.Steps.Sum(step => step.Total), line.Steps[^1].Count));
        Assert.All(line.Steps, step => Assert.Equal(step.Count, reached.Count(one => one.Item2 <= step.At)));
        Assert.All(line.Steps, step => Assert.Equal(5, step.Places.Count));
    }

    private static DateTimeOffset At(int minute) => Samples.Now.AddMinutes(minute);

    private static ProbeResult Result(string name, Certificate presented, int minute, Slot slot = Slot.Current, string identity = "checkout", Expectation expect = Expectation.Accept) =>
        Samples.Accepted(Samples.Target(name)) with
        {
            Identity = identity,
            Slot = slot,
            Expect = expect,
            At = At(minute),
            ClientCertificate = new() { Requested = true, Presented = presented },
        };

    private void Accept(string name, Certificate presented, int minute, Slot slot = Slot.Current, string identity = "checkout", Expectation expect = Expectation.Accept) =>
        Add(Result(name, presented, minute, slot, identity, expect));

    private void Refuse(string name, Certificate presented, int minute, Slot slot = Slot.Current, string identity = "checkout", Expectation expect = Expectation.Accept) =>
        Add(Result(name, presented, minute, slot, identity, expect) with
        {
            Outcome = Outcome.Rejected,
            Success = expect == Expectation.Reject,
            Failure = expect == Expectation.Reject ? null : new Failure(Phase.Confirm, Reasons.UnknownCa, new Alert(48), ""),
        });

    private void Add(ProbeResult result)
    {
        var key = new HandshakeKey(result.Target, result.Address, result.Identity, result.Slot, result.Expect);
        var series = _series.GetValueOrDefault(key) ?? new HandshakeState { Key = key, Target = Samples.Target(result.Target) };
        var server = _servers.GetValueOrDefault(key.Server) ?? new ServerState { Key = key.Server, Target = series.Target };
        var change = StateChange.Of(series, server, result);
        (_series[key], _servers[key.Server]) = (change.After, change.ServerAfter!);
    }

    private void Stage(int minute) => _credentials.Add(new CredentialState("checkout", Slot.Next, [s_new], Usable: true) { Since = At(minute) });

    private void Promote(int minute, bool isStaged = true)
    {
        var staged = _credentials.Find(one => one.Slot == Slot.Next);
        _credentials.RemoveAll(one => one.Identity == "checkout");
        _credentials.Add(new CredentialState("checkout", Slot.Current, [s_new], Usable: true) { Since = At(minute), Previous = s_old, Staged = isStaged ? staged?.Since : null });
        foreach (var key in _series.Keys.Where(key => key.Slot == Slot.Next).ToList()) _series.Remove(key);
    }

    private HandshakeEntry Entry(string name) => Entries().Find(entry => entry.Key.Target == name && entry.Key.Expect == Expectation.Accept)!;

    private List<HandshakeEntry> Entries() => [.. _series.Values.Select((state, order) => new HandshakeEntry(state, state.Key.Expect == Expectation.Accept ? _servers[state.Key.Server] : null, order))];

    private RotationTimeline? Timeline() => CredentialTimeline.Of("checkout", _credentials, Entries());
}
