using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Rotation;

/// <summary>A rotation of the credential of an identity over time, from results one after another.</summary>
public sealed class CredentialTimelineTests
{
    private static readonly Certificate s_old = Samples.Certificate("old"), s_new = Samples.Certificate("new"), s_other = Samples.Certificate("other");

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
    public void A_credential_that_is_presented_to_no_server_has_no_course()
    {
        Stage(2);
        Assert.Null(Timeline());
    }

    [Fact]
    public void While_it_is_staged_each_address_counts_from_its_acceptance()
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
    public void An_address_that_accepted_it_and_refuses_it_now_does_not_count_and_an_outage_changes_nothing()
    {
        foreach (var target in "ab") Accept($"{target}", s_old, 1);
        Stage(2);
        foreach (var target in "ab") Accept($"{target}", s_new, 3, Slot.Next);
        Refuse("a", s_new, 4, Slot.Next);
        Fail("b", 4, Slot.Next);

        var line = Assert.Single(Timeline()!.Lines);
        Assert.Equal((1, null), (line.Steps[^1].Count, line.Complete));
        Assert.Equal("b", line.Steps[^1].Places[0].Target);

        Fail("a", 5, Slot.Next);
        Assert.Equal((1, 0), Timeline()!.Lines[0] is var after ? (after.Steps[^1].Count, after.Before) : default);
    }

    [Fact]
    public void An_address_that_refused_the_one_in_use_counts_again_from_its_acceptance_and_not_from_an_outage()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Refuse("a", s_new, 12);
        Fail("a", 13);
        Assert.Equal((0, 0, null), Timeline()!.Lines[0] is var line ? (line.Steps.Count, line.Before, line.Complete) : default);

        Accept("a", s_new, 14);
        Assert.Equal(At(14), Timeline()!.Lines[0].Complete);
    }

    [Fact]
    public void An_outage_after_the_certificate_of_the_server_changes_nothing()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Fail("a", 12, isLate: true);

        Assert.Equal((1, At(11)), Timeline()!.Lines[0] is var line ? (line.Total, line.Complete) : default);
    }

    [Fact]
    public void The_end_of_an_outage_is_no_rotation()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Fail("b", 50);
        Accept("b", s_new, 51);

        Assert.Equal((2, 1, 2, null), Timeline()!.Lines[0] is var line ? (line.Total, line.Before, line.Steps[^1].Count, line.Complete) : default);
    }

    [Fact]
    public void A_credential_that_is_in_use_and_still_staged_at_a_later_address_was_not_promoted_there()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Accept("b", s_new, 50, Slot.Next);
        Accept("b", s_new, 51);

        Assert.Equal((2, 1, 2, null), Timeline()!.Lines[^1] is var line ? (line.Total, line.Before, line.Steps[^1].Count, line.Complete) : default);
    }

    [Fact]
    public void A_much_later_address_that_accepts_it_at_once_can_have_done_so_before()
    {
        Accept("a", s_old, 1);
        Stage(2);
        Accept("a", s_new, 3, Slot.Next);
        Accept("b", s_old, 3000);
        Accept("b", s_new, 3000, Slot.Next);
        Fail("c", 3, Slot.Next);
        Accept("c", s_old, 200);
        Accept("c", s_new, 200, Slot.Next);

        Assert.Equal((3, 2, At(3), null), Timeline()!.Lines[0] is var line ? (line.Total, line.Before, line.Steps[^1].At, line.Complete) : default);
    }

    [Fact]
    public void A_cell_says_since_when_only_if_that_was_seen_and_is_still_true()
    {
        Retire("retired", s_old);
        Accept("a", s_old, 1);
        LetIn("a", s_old, 1, "retired");
        Stage(2);
        Accept("a", s_new, 3, Slot.Next);
        Accept("b", s_old, 200);
        Accept("b", s_new, 200, Slot.Next);
        KeepOut("a", s_old, 4, "retired");
        Assert.Equal([null, null, At(3), null, At(4)], [Since("a"), Since("b"), Since("a", Slot.Next), Since("b", Slot.Next), Since("a", identity: "retired")]);

        Fail("a", 5, Slot.Next);
        Assert.Null(Since("a", Slot.Next));

        Promote(10);
        Accept("a", s_new, 11);
        Fail("c", 12);
        Accept("c", s_new, 13);
        Assert.Equal([At(11), null], [Since("a"), Since("c")]);

        Refuse("a", s_new, 12);
        Assert.Null(Since("a"));
    }

    [Fact]
    public void A_withdrawn_staging_does_not_change_the_previous_rotation()
    {
        Accept("a", s_old, 1);
        Stage(2);
        Accept("a", s_new, 3, Slot.Next);
        Promote(10);
        Accept("a", s_new, 11);
        _credentials.Add(new CredentialState("checkout", Slot.Next, [s_other], Usable: true) { Since = At(20) });
        Accept("a", s_other, 21, Slot.Next);
        Assert.Equal((s_other.Serial, At(21)), (Timeline()!.New.Serial, Timeline()!.Lines[0].Complete));

        _credentials.RemoveAll(one => one.Slot == Slot.Next);
        Assert.Equal([At(3), At(11)], Timeline()!.Lines.Select(line => line.Complete));
    }

    [Fact]
    public void Acceptance_without_service_is_not_the_step_accepted_of_the_rotation()
    {
        Stage(2);
        Accept("a", s_old, 3);
        Add(Result("a", s_new, 3, Slot.Next) with { Success = false, Failure = new Failure(Phase.Application, Reasons.UnexpectedStatus, null, "403") });
        Assert.Equal((0, 0), (Assert.Single(Timeline()!.Lines).Steps.Count, Judged(3).Rotation.Accepted));
        Fail("a", 4, Slot.Next);
        Assert.Equal((0, 0), Timeline()!.Lines[0] is var line ? (line.Steps.Count, line.Before) : default);

        Accept("a", s_old, 5);
        Accept("a", s_new, 5, Slot.Next);
        Assert.Equal((At(5), 1), (Timeline()!.Lines[0].Complete, Judged(5).Rotation.Accepted));
    }

    [Fact]
    public void The_same_answer_of_the_application_to_both_credentials_is_no_refusal_of_the_new_one()
    {
        var failure = new Failure(Phase.Application, Reasons.UnexpectedStatus, null, "404");
        Stage(2);
        Add(Result("a", s_old, 3) with { Success = false, Failure = failure });
        Add(Result("a", s_new, 3, Slot.Next) with { Success = false, Failure = failure });

        Assert.Equal((At(3), 1), (Timeline()!.Lines[0].Complete, Judged(3).Rotation.Accepted));
    }

    [Fact]
    public void A_server_that_no_longer_asks_for_a_certificate_is_not_known_to_accept_it()
    {
        Accept("a", s_old, 1);
        Stage(2);
        Accept("a", s_new, 3, Slot.Next);
        Add(Result("a", s_new, 4, Slot.Next) with { ClientCertificate = new() { Requested = true } }); // a key that the request does not allow is not sent

        Assert.Equal((0, 0), Timeline()!.Lines[0] is var line ? (line.Steps.Count, line.Before) : default);
    }

    [Fact]
    public void A_credential_that_was_staged_before_this_process_and_is_accepted_at_once_was_accepted_before()
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
    public void After_the_promotion_the_first_presentation_at_each_address_is_shown_and_the_staging_is_kept()
    {
        foreach (var target in "ab") Accept($"{target}", s_old, 1);
        Stage(2);
        foreach (var target in "ab") Accept($"{target}", s_new, 3, Slot.Next);
        Promote(10);
        Assert.Equal([At(3), null], Timeline()!.Lines.Select(line => line.Complete)); // what was accepted stays accepted while it has not been presented in use
        Accept("a", s_new, 11);

        var timeline = Timeline()!;
        Assert.Equal((At(3), 2), (timeline.Lines[0].Complete, timeline.Lines[0].Steps[^1].Count));
        Assert.Equal((At(2), At(10), s_old.Serial), (timeline.Staged, timeline.Promoted, timeline.Old!.Serial));
        Assert.Equal([TimelineKind.Accepted, TimelineKind.InUse], timeline.Lines.Select(line => line.Kind));
        Assert.Equal((1, null, At(11)), (timeline.Lines[1].Steps[^1].Count, timeline.Lines[1].Complete, timeline.Lines[1].Steps[^1].At));

        Accept("b", s_new, 12);
        timeline = Timeline()!;
        Assert.Equal([At(3), At(12)], timeline.Lines.Select(line => line.Complete));
        Assert.Equal(At(11), Since("a"));
    }

    [Fact]
    public void A_replacement_in_place_has_no_line_of_earlier_acceptance()
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
        Assert.Equal((2, 1, 2, null), (line.Total, line.Before, line.Steps[^1].Count, line.Complete)); // the time of the last one was not seen
    }

    [Fact]
    public void An_address_that_refused_it_at_first_counts_from_its_acceptance()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Refuse("a", s_new, 11);
        Assert.Empty(Assert.Single(Timeline()!.Lines).Steps);

        Accept("a", s_new, 20);
        Assert.Equal(At(20), Timeline()!.Lines[0].Complete);
    }

    [Fact]
    public void The_clean_up_is_a_line_of_addresses_that_refuse_what_they_had_accepted()
    {
        Retire("retired", s_old);
        foreach (var target in "ab")
        {
            Accept($"{target}", s_old, 1);
            LetIn($"{target}", s_old, 1, "retired");
        }

        Promote(10, isStaged: false);
        foreach (var target in "ab") Accept($"{target}", s_new, 11);
        Assert.Equal((TimelineKind.OldRefused, 2, 0), Timeline()!.Lines[^1] is var none ? (none.Kind, none.Total, none.Steps.Count) : default);

        KeepOut("a", s_old, 15, "retired");
        KeepOut("b", s_old, 16, "retired");
        KeepOut("b", s_old, 18, "retired");
        Assert.Equal([(At(15), 1), (At(16), 2)], Timeline()!.Lines[^1].Steps.Select(step => (step.At, step.Count)));
        Assert.Equal((At(16), At(16)), (Timeline()!.Lines[^1].Complete, Timeline()!.Completed));

        LetIn("b", s_old, 20, "retired");
        Assert.Null(Timeline()!.Completed);
        Assert.Equal((1, null), Timeline()!.Lines[^1] is var again ? (again.Steps[^1].Count, again.Complete) : default);
    }

    [Fact]
    public void A_credential_that_shares_only_the_issuer_represents_the_old_one_if_the_new_one_has_another_issuer()
    {
        var (old, spare, stranger) = (Samples.Certificate("old 2", issuer: "CN=Old CA"), Samples.Certificate("spare", issuer: "CN=Old CA"), Samples.Certificate("stranger", issuer: "CN=Third CA"));
        Retire("spare", spare);
        Retire("stranger", stranger);
        Accept("a", old, 1);
        LetIn("a", spare, 1, "spare");
        LetIn("a", stranger, 1, "stranger");
        Promote(10, isStaged: false);
        _credentials[^1] = _credentials[^1] with { Previous = old };
        Accept("a", s_new, 11);
        KeepOut("a", spare, 15, "spare");
        Assert.Equal((TimelineKind.OldRefused, 1, At(15)), Timeline()!.Lines[^1] is var line ? (line.Kind, line.Total, line.Complete) : default);

        _credentials[^1] = _credentials[^1] with { Previous = s_old }; // from the issuer of the new one
        Assert.Equal(TimelineKind.InUse, Timeline()!.Lines[^1].Kind);
    }

    [Fact]
    public void An_address_that_gets_the_old_one_twice_counts_once_and_when_both_are_refused()
    {
        Retire("one", s_old);
        Retire("two", s_old);
        Accept("a", s_old, 1);
        foreach (var identity in (string[])["one", "two"]) LetIn("a", s_old, 1, identity);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        KeepOut("a", s_old, 15, "one");
        Assert.Equal((1, 0), Timeline()!.Lines[^1] is var half ? (half.Total, half.Steps.Count) : default);

        KeepOut("a", s_old, 17, "two");
        Assert.Equal((1, At(17)), Timeline()!.Lines[^1] is var line ? (line.Total, line.Complete) : default);
    }

    [Fact]
    public void A_refusal_of_the_old_one_before_its_replacement_has_no_moment_in_the_rotation()
    {
        Retire("retired", s_old);
        Accept("a", s_old, 1);
        LetIn("a", s_old, 1, "retired");
        KeepOut("a", s_old, 5, "retired");
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);

        Assert.Equal((1, 1, 0, null), Timeline()!.Lines[^1] is var line ? (line.Total, line.Before, line.Steps.Count, line.Complete) : default);
    }

    [Fact]
    public void A_credential_that_must_be_refused_and_is_not_the_old_one_is_not_part_of_a_rotation()
    {
        Retire("always", s_old);
        Retire("stranger", s_other);
        Retire("changed", s_old);
        Accept("a", s_old, 1);
        KeepOut("a", s_old, 1, "always");
        LetIn("a", s_other, 1, "stranger");
        KeepOut("a", s_other, 2, "stranger");
        LetIn("a", s_other, 1, "changed"); // the files have changed since then
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);

        Assert.Equal(TimelineKind.InUse, Assert.Single(Timeline()!.Lines).Kind);
    }

    [Fact]
    public void A_server_that_asks_for_no_certificate_is_not_counted_nor_while_it_is_down()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Add(Result("b", s_new, 11) with { ClientCertificate = new() { Requested = false } });
        Assert.Equal((1, At(11)), Timeline()!.Lines[0] is var line ? (line.Total, line.Complete) : default);

        Fail("b", 12);
        Assert.Equal((1, At(11)), Timeline()!.Lines[0] is var down ? (down.Total, down.Complete) : default);
    }

    [Fact]
    public void A_name_whose_look_up_fails_is_no_address()
    {
        Accept("a", s_old, 1);
        Promote(10, isStaged: false);
        Accept("a", s_new, 11);
        Fail("b", 12);
        var entries = Entries().ConvertAll(entry => entry.Key.Target == "b" ? entry with { State = entry.State with { Target = entry.State.Target with { Addresses = AddressChoice.All } } } : entry);

        Assert.Equal((1, At(11)), CredentialTimeline.Of("checkout", _credentials, entries)!.Lines[0] is var line ? (line.Total, line.Complete) : default);
    }

    [Fact]
    public void Ten_thousand_addresses_share_sixty_steps_and_none_is_lost()
    {
        var reached = Enumerable.Range(0, 10_000).Select(i => new Reached(new ServerKey($"t{i}", "10.0.0.1:443"), Samples.Now.AddMilliseconds(i / 3 * 7), IsSeen: true)).ToList();
        var line = TimelineLine.Of(TimelineKind.InUse, 10_000, reached);

        Assert.InRange(line.Steps.Count, 50, TimelineLine.MostSteps);
        Assert.Equal((10_000, 10_000), (line.Steps.Sum(step => step.Total), line.Steps[^1].Count));
        Assert.All(line.Steps, step => Assert.Equal(step.Count, reached.Count(one => one.At <= step.At)));
        Assert.All(line.Steps, step => Assert.Equal(5, step.Places.Count));
    }

    [Fact]
    public void Only_addresses_at_almost_the_same_time_share_a_step()
    {
        // One in the morning, the next five hours later, and the others within a minute.
        List<Reached> reached = [Of("canary", At(0)), .. Enumerable.Range(0, 99).Select(i => Of($"t{i}", At(300).AddMilliseconds(i * 600)))];
        var line = TimelineLine.Of(TimelineKind.InUse, 100, reached);

        Assert.Equal((At(0), 1), (line.Steps[0].At, line.Steps[0].Total));
        Assert.Equal((100, At(300).AddMilliseconds(98 * 600)), (line.Steps[^1].Count, line.Complete));

        static Reached Of(string target, DateTimeOffset at) => new(new ServerKey(target, "10.0.0.1:443"), at, IsSeen: true);
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

    private void LetIn(string name, Certificate presented, int minute, string identity) => Accept(name, presented, minute, identity: identity, expect: Expectation.Reject);

    private void KeepOut(string name, Certificate presented, int minute, string identity) => Refuse(name, presented, minute, identity: identity, expect: Expectation.Reject);

    /// <param name="isLate">It expires after the certificate of the server.</param>
    private void Fail(string name, int minute, Slot slot = Slot.Current, bool isLate = false)
    {
        var result = Result(name, s_new, minute, slot) with
        {
            Outcome = Outcome.Failed,
            Success = false,
            Failure = new Failure(isLate ? Phase.Handshake : Phase.Connect, isLate ? Reasons.ConnectionReset : Reasons.ConnectionRefused, null, ""),
            ClientCertificate = null,
        };
        Add(isLate ? result : result with { ServerCertificates = [] });
    }

    private void Retire(string identity, Certificate leaf) => _credentials.Add(new CredentialState(identity, Slot.Current, [leaf], Usable: true));

    private void Add(ProbeResult result)
    {
        var key = new HandshakeKey(result.Target, result.Address, result.Identity, result.Slot, result.Expect);
        var series = _series.GetValueOrDefault(key) ?? new HandshakeState { Key = key, Target = Samples.Target(result.Target) };
        var server = _servers.GetValueOrDefault(key.Server) ?? new ServerState { Key = key.Server, Target = series.Target };
        var change = StateChange.Of(series, server, result, _series.GetValueOrDefault(key with { Slot = Slot.Current })?.Last);
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

    private DateTimeOffset? Since(string name, Slot slot = Slot.Current, string identity = "checkout") => CredentialTimeline.Since(
        Entries().Find(entry => (entry.Key.Target, entry.Key.Identity, entry.Key.Slot) == (name, identity, slot))!,
        _credentials.Find(one => (one.Identity, one.Slot) == (identity, slot)));

    private List<HandshakeEntry> Entries() => [.. _series.Values.Select((state, order) => new HandshakeEntry(state, state.Key.Expect == Expectation.Accept ? _servers[state.Key.Server] : null, order))];

    private (RotationProgress Rotation, ValueList<MissingThing> Missing) Judged(int minute) => new RotationJudge("checkout", _credentials, Entries(), At(minute)).Judge();

    private RotationTimeline? Timeline() => CredentialTimeline.Of("checkout", _credentials, Entries());
}
