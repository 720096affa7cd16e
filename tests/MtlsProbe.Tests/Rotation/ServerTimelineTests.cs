using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Rotation;

/// <summary>A rotation of a target's certificate over time, from what its addresses presented.</summary>
public sealed class ServerTimelineTests
{
    private static readonly Certificate s_old = Begun("old", 0), s_new = Begun("new", 60);

    [Fact]
    public void Without_a_change_there_is_nothing_to_show() => Assert.Null(ServerTimeline.Of([Server("1", (s_old, 1), (s_old, 2)), Server("2")]));

    [Fact]
    public void Each_address_counts_from_its_first_presentation_of_the_new_one()
    {
        var timeline = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4)), Server("2", (s_old, 1), (s_new, 6)), Server("3", (s_old, 1), (s_old, 6))])!;

        Assert.Equal((s_new.Serial, s_old.Serial, s_old.NotAfter), (timeline.New.Serial, timeline.Old!.Serial, timeline.Old.NotAfter));
        var line = Assert.Single(timeline.Lines);
        Assert.Equal((TimelineKind.Presented, 3, 0, null), (line.Kind, line.Total, line.Before, line.Complete));
        Assert.Equal([(At(4), 1), (At(6), 2)], line.Steps.Select(step => (step.At, step.Count)));
    }

    [Fact]
    public void An_address_that_had_it_before_counts_and_makes_the_rotation_complete()
    {
        var line = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4)), Server("2", (s_new, 1))])!.Lines[0];
        Assert.Equal((1, At(4), 2), (line.Before, line.Complete, line.Steps[^1].Count));
    }

    [Fact]
    public void Replicas_with_their_own_certificates_rotate_together()
    {
        var timeline = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4)), Server("2", (Begun("old-2", 1), 1), (Begun("new-2", 61), 5))])!;
        Assert.Equal((At(5), 2), (timeline.Lines[0].Complete, timeline.Lines[0].Steps.Count));
    }

    [Fact]
    public void An_address_that_still_presents_the_replaced_one_has_not_changed_yet()
    {
        var newest = Begun("newest", 120);
        var line = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4), (newest, 9)), Server("2", (s_old, 1), (s_new, 4))])!.Lines[0];
        Assert.Equal((At(9), 1, null), (Assert.Single(line.Steps).At, line.Steps[0].Count, line.Complete));
    }

    [Fact]
    public void An_address_that_presents_several_in_turn_has_not_changed_yet()
    {
        var line = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4), (s_old, 5), (s_new, 6)), Server("2", (s_old, 1), (s_new, 4))])!.Lines[0];
        Assert.Equal((2, At(4), 1, null), (line.Total, Assert.Single(line.Steps).At, line.Steps[0].Count, line.Complete));
    }

    [Fact]
    public void An_address_of_several_replicas_changes_when_the_last_of_them_does()
    {
        (Certificate, int)[] inTurn = [(s_old, 1), (s_new, 4), (s_old, 5), (s_new, 6), (s_old, 7)];
        var line = ServerTimeline.Of([Server("1", [.. inTurn, .. Enumerable.Range(8, 300).Select(minute => (s_new, minute))])])!.Lines[0];
        Assert.Equal((0, At(8)), (line.Before, line.Complete));
    }

    [Fact]
    public void An_address_that_was_rolled_back_does_not_present_the_new_one_however_long_ago_that_was()
    {
        foreach (var times in (int[])[1, 2, 19, 30, 300])
        {
            var line = ServerTimeline.Of([
                Server("1", [(s_old, 1), (s_new, 2), .. Enumerable.Range(3, times).Select(minute => (s_old, minute))]),
                Server("2", (s_old, 1), (s_new, 4)),
                Server("3", [(s_old, 1), .. Enumerable.Range(2, 30).Select(minute => (s_new, minute)), .. Enumerable.Range(40, times).Select(minute => (s_old, minute))]),
            ])!.Lines[0];
            Assert.Equal((3, 0, 1, null), (line.Total, line.Before, line.Steps[^1].Count, line.Complete));
            Assert.Equal(At(4), Assert.Single(line.Steps).At);
        }

        Assert.Equal((0, 0), ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 2), (s_old, 3))])!.Lines[0] is var alone ? (alone.Before, alone.Steps.Count) : default);
        Assert.Null(ServerTimeline.Of([Server("1", [.. Enumerable.Range(1, 30).Select(minute => (s_new, minute)), (s_old, 40)])]));
    }

    [Fact]
    public void Replicas_with_their_own_certificates_rotate_together_a_second_time_too()
    {
        ServerState Of(int server, bool again) => Server($"{server}", [
            (Begun($"a{server}", 0), 1), .. Enumerable.Range(2, 30).Select(minute => (Begun($"b{server}", 60 + server), minute)),
            .. again ? ((Certificate, int)[])[(Begun($"c{server}", 120 + server), 40 + server)] : [],
        ]);
        var first = ServerTimeline.Of([Of(1, true), Of(2, false), Of(3, false)])!;
        Assert.Equal((3, 1, At(41), null), first.Lines[0] is var line ? (line.Total, line.Steps[^1].Count, line.Steps[^1].At, line.Complete) : default);
        Assert.Equal(Begun("b2", 62).Serial, first.Old!.Serial);

        Assert.Equal(At(43), ServerTimeline.Of([Of(1, true), Of(2, true), Of(3, true)])!.Lines[0].Complete);
    }

    [Fact]
    public void A_name_whose_look_up_fails_is_no_address()
    {
        var unknown = Server("payments.internal:8443") with { Target = Samples.Target() with { Addresses = AddressChoice.All } };
        Assert.Equal((1, At(4)), ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4)), unknown])!.Lines[0] is var line ? (line.Total, line.Complete) : default);
    }

    [Fact]
    public void It_says_when_the_file_of_the_expected_certificate_changed()
    {
        var server = Server("1", (s_old, 1), (s_new, 4));
        var expected = new ExpectedCertificateFacts(true, null) { Changed = At(3) };
        Assert.Equal(At(3), ServerTimeline.Of([server with { Facts = new ServerFacts(At(4), [s_new], null, null, null, expected) }])!.Staged);
        Assert.Null(ServerTimeline.Of([server])!.Staged);
    }

    private static Certificate Begun(string name, int day) =>
        Samples.Certificate(name) with { NotBefore = Samples.Now.AddDays(day - 150), NotAfter = Samples.Now.AddDays(day - 60) };

    private static DateTimeOffset At(int minute) => Samples.Now.AddMinutes(minute);

    private static ServerState Server(string address, params (Certificate Leaf, int Minute)[] presented) => new()
    {
        Key = new ServerKey("payments", address),
        Target = Samples.Target(),
        Leaves = presented.Aggregate(LeafHistory.Empty, (history, one) => history.With(one.Leaf, At(one.Minute))),
    };
}
