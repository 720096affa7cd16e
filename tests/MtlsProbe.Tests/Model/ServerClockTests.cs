using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Model;

public class ServerClockTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 6, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);

    [Fact]
    public void The_offset_is_that_of_the_middle_and_as_uncertain_as_the_date_and_half_of_the_way()
    {
        // Requested at :00.0, answered at :00.4; the server's date is :07, which can be two seconds old.
        var clock = ServerClock.Of(s_now.AddSeconds(7), TimeSpan.FromSeconds(0.4), s_now.AddSeconds(0.4))!;

        Assert.Equal((7.8, 1.2), (clock.Offset, clock.Uncertainty));
        Assert.Equal(s_now.AddSeconds(0.2), clock.At);
        Assert.True(clock.IsOff);
        Assert.Equal("8s ahead of ours", clock.Words);
        Assert.False(ServerClock.Of(s_now.AddSeconds(5), TimeSpan.FromSeconds(1), s_now.AddSeconds(1))!.IsOff); // 5 s, and 1.5 uncertain
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(250)]
    [InlineData(999)]
    public void The_truth_lies_within_what_is_uncertain_wherever_in_its_second_the_server_is(int milliseconds)
    {
        // The server is 60 s ahead, and answers at once or at the last moment; its date is truncated, and up to a second old.
        foreach (var (sent, took) in new[] { (0.0, 0.8), (0.8, 0.8), (0.1, 0.1) })
        {
            foreach (var age in new[] { 0.0, 1 })
            {
                var start = s_now.AddMilliseconds(milliseconds);
                var theirs = start.AddSeconds(sent + 60 - age);
                var date = new DateTimeOffset(theirs.Ticks - (theirs.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
                var clock = ServerClock.Of(date, TimeSpan.FromSeconds(took), start.AddSeconds(took))!;
                Assert.InRange(60, clock.Offset - clock.Uncertainty, clock.Offset + clock.Uncertainty);
            }
        }
    }

    [Fact]
    public void A_date_that_is_a_hundred_years_off_is_ignored_and_one_of_a_machine_without_a_battery_is_not()
    {
        Assert.Null(ServerClock.Of(new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero), TimeSpan.Zero, s_now));
        Assert.Null(ServerClock.Of(DateTimeOffset.MinValue, TimeSpan.Zero, s_now));
        Assert.True(ServerClock.Of(DateTimeOffset.UnixEpoch, TimeSpan.Zero, s_now)!.Offset < -1.7e9);
    }

    [Fact]
    public void A_date_that_does_not_advance_gives_no_time_until_it_does()
    {
        var memory = ClockMemory.Empty.With(At(0, date: 0));
        Assert.NotNull(memory.Now(s_now, s_interval));
        Assert.NotNull(memory.With(At(1, date: 0)).Now(s_now.AddSeconds(1), s_interval)); // two answers within a second or two can have the same date

        var stands = memory.With(At(30, date: 0)).With(null);
        Assert.Null(stands.Now(s_now.AddSeconds(30), s_interval));
        Assert.Null(stands.With(At(60, date: 0)).Now(s_now.AddSeconds(60), s_interval));
        Assert.NotNull(stands.With(At(60, date: 60)).Now(s_now.AddSeconds(60), s_interval));
    }

    [Fact]
    public void An_offset_without_news_for_an_hour_is_no_longer_known()
    {
        var memory = ClockMemory.Empty.With(At(0, date: 0));
        Assert.NotNull(memory.With(null).Now(s_now.AddMinutes(59), s_interval));
        Assert.Null(memory.Now(s_now.AddMinutes(61), s_interval));
        Assert.NotNull(memory.Now(s_now.AddMinutes(61), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Our_own_clock_is_suspected_if_most_hosts_are_off_in_the_same_direction()
    {
        Assert.Null(Suspected(("a", 100), ("b", 100)));
        Assert.True(Suspected(("a", 100), ("b", 100), ("c", 0)));
        Assert.True(Suspected(("a", -100), ("b", -100), ("c", -31.2)));
        Assert.False(Suspected(("a", 100), ("b", -100), ("c", 0)));
        Assert.False(Suspected(("a", 100), ("b", 100), ("c", 0), ("d", 0)));
        Assert.False(Suspected(("a", 30.9), ("b", 30.9), ("c", 30.9))); // within the uncertainty
        Assert.Null(Suspected(("a", 100), ("a", 100), ("a", 100))); // one host with three targets has one clock
        Assert.Null(ClockConsensus.Of([Of("a"), Of("b"), Of("c")], s_now).Suspected); // three names of one machine
        Assert.Equal(100, ClockConsensus.Of([Server("a", 100), Server("b", 100), Server("c", 0)], s_now).Offset);
    }

    /// <summary>One of the names of a machine.</summary>
    private static ServerState Of(string host) => Server(host, 100) with { Clock = ClockMemory.Empty.With(new ServerClock(s_now, s_now, 100, 1) { Machine = "10.0.0.7" }) };

    private static bool? Suspected(params (string Host, double Offset)[] servers) =>
        ClockConsensus.Of(servers.Select(server => Server(server.Host, server.Offset)), s_now).Suspected;

    private static ServerState Server(string host, double offset)
    {
        var target = Samples.Target() with { Address = new HostPort(host, 443) };
        return new ServerState { Key = new ServerKey(target.Name, host), Target = target, Clock = ClockMemory.Empty.With(new ServerClock(s_now, s_now, offset, 1)) };
    }

    private static ServerClock At(double seconds, double date) => new(s_now.AddSeconds(seconds), s_now.AddSeconds(date), date - seconds, 1);
}
