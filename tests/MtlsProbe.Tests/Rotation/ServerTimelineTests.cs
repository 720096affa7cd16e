using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Rotation;

/// <summary>A rotation of a target's certificate over time, from what its addresses presented.</summary>
public sealed class ServerTimelineTests
{
    private static readonly Certificate s_old = Samples.Certificate("old", 20), s_new = Samples.Certificate("new", 90);

    [Fact]
    public void Without_a_change_there_is_nothing_to_show() => Assert.Null(ServerTimeline.Of([Server("1", (s_old, 1), (s_old, 2)), Server("2")]));

    [Fact]
    public void Each_address_counts_from_the_moment_that_it_presents_the_new_one()
    {
        var timeline = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4)), Server("2", (s_old, 1), (s_new, 6)), Server("3", (s_old, 1), (s_old, 6))])!;

        Assert.Equal((s_new.Serial, s_old.Serial, s_old.NotAfter), (timeline.New.Serial, timeline.Old!.Serial, timeline.Old.NotAfter));
        var line = Assert.Single(timeline.Lines);
        Assert.Equal((TimelineKind.Presented, 3, 0, null), (line.Kind, line.Total, line.Before, line.Complete));
        Assert.Equal([(At(4), 1), (At(6), 2)], line.Steps.Select(step => (step.At, step.Count)));
    }

    [Fact]
    public void An_address_that_had_it_before_counts_and_so_the_rotation_is_complete()
    {
        var line = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4)), Server("2", (s_new, 1))])!.Lines[0];
        Assert.Equal((1, At(4), 2), (line.Before, line.Complete, line.Steps[^1].Count));
    }

    [Fact]
    public void Replicas_with_certificates_of_their_own_rotate_together()
    {
        var timeline = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4)), Server("2", (Samples.Certificate("old-2"), 1), (Samples.Certificate("new-2"), 5))])!;
        Assert.Equal((At(5), 2), (timeline.Lines[0].Complete, timeline.Lines[0].Steps.Count));
    }

    [Fact]
    public void Who_still_presents_what_another_has_replaced_has_not_come_so_far()
    {
        var newest = Samples.Certificate("newest", 120);
        var line = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4), (newest, 9)), Server("2", (s_old, 1), (s_new, 4))])!.Lines[0];
        Assert.Equal((At(9), 1, null), (Assert.Single(line.Steps).At, line.Steps[0].Count, line.Complete));
    }

    [Fact]
    public void While_several_are_presented_in_turn_it_is_not_complete()
    {
        var line = ServerTimeline.Of([Server("1", (s_old, 1), (s_new, 4), (s_old, 5), (s_new, 6))])!.Lines[0];
        Assert.Equal((At(4), null), (Assert.Single(line.Steps).At, line.Complete));
    }

    [Fact]
    public void It_says_when_the_file_of_the_expected_certificate_changed()
    {
        var server = Server("1", (s_old, 1), (s_new, 4));
        var expected = new ExpectedCertificateFacts(true, null) { Changed = At(3) };
        Assert.Equal(At(3), ServerTimeline.Of([server with { Facts = new ServerFacts(At(4), [s_new], null, null, null, expected) }])!.Staged);
        Assert.Null(ServerTimeline.Of([server])!.Staged);
    }

    private static DateTimeOffset At(int minute) => Samples.Now.AddMinutes(minute);

    private static ServerState Server(string address, params (Certificate Leaf, int Minute)[] presented) => new()
    {
        Key = new ServerKey("payments", address),
        Target = Samples.Target(),
        Leaves = presented.Aggregate(LeafHistory.Empty, (history, one) => history.With(one.Leaf, At(one.Minute))),
    };
}
