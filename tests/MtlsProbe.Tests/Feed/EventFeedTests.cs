using MtlsProbe.Feed;

namespace MtlsProbe.Tests.Feed;

public class EventFeedTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void The_last_changes_are_kept_and_older_ones_forgotten()
    {
        var feed = new EventFeed(_time);
        for (var i = 0; i < EventFeed.Most + 500; i++) feed.Add(Event($"change {i}"));

        Assert.Equal(EventFeed.Most, feed.All.Count);
        Assert.Equal(("change 500", $"change {EventFeed.Most + 499}"), (feed.All[0].Text, feed.All[^1].Text));
        Assert.Equal(feed.All.Select(one => one.Number).Order(), feed.All.Select(one => one.Number));
    }

    [Fact]
    public void Changes_from_an_earlier_process_come_first_and_do_not_take_the_place_of_new_ones()
    {
        var feed = new EventFeed(_time);
        feed.Add(Event("new"));
        feed.Restore([.. Enumerable.Range(0, EventFeed.Most).Select(i => Event($"old {i}"))]);

        Assert.Equal((EventFeed.Most, "old 1", "new"), (feed.All.Count, feed.All[0].Text, feed.All[^1].Text));
        Assert.Equal(feed.All.Count, feed.All.Select(one => one.Number).Distinct().Count());
    }

    /// <summary>A truncated trust bundle makes thousands of handshakes fail.</summary>
    [Fact]
    public void Changes_of_handshakes_do_not_take_away_the_change_that_made_them()
    {
        var feed = new EventFeed(_time);
        feed.Add(Event("has one anchor") with { Topic = EventTopic.Trust });
        for (var i = 0; i < 2 * EventFeed.Most; i++) feed.Add(Event($"fails {i}"));
        Assert.Equal((EventFeed.Most, "has one anchor"), (feed.All.Count, feed.All[0].Text));

        for (var i = 0; i < EventFeed.Most; i++) feed.Add(Event($"replaced {i}") with { Topic = EventTopic.Credential });
        Assert.Equal((EventFeed.Most, EventFeed.MostOfOthers), (feed.All.Count, feed.All.Count(one => one.Topic == EventTopic.Credential)));
    }

    [Fact]
    public void Text_of_strangers_is_escaped_and_bounded()
    {
        var feed = new EventFeed(_time);
        feed.Add(Event("\u001b[2J" + new string('x', 100_000)));
        Assert.StartsWith("\\u{1b}[2J", feed.All[0].Text, StringComparison.Ordinal);
        Assert.InRange(feed.All[0].Text.Length, 100, 700);
    }

    internal static FleetEvent Event(string text) => new() { Topic = EventTopic.State, Tone = EventTone.Bad, Text = text, Target = "payments" };
}
