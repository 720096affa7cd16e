using MtlsProbe.Api;

namespace MtlsProbe.Tests.Api;

public class ProbeAllowanceTests
{
    private readonly ManualTime _time = new();
    private readonly ProbeAllowance _allowance;

    public ProbeAllowanceTests() => _allowance = new ProbeAllowance(_time);

    [Fact]
    public void One_target_may_be_probed_again_after_a_pause()
    {
        Assert.Null(_allowance.Take("a", 1));
        Assert.Equal(TimeSpan.FromSeconds(5), _allowance.Take("a", 1));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(1), _allowance.Take("a", 1));
        Assert.Null(_allowance.Take("b", 1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_allowance.Take("a", 1));
    }

    [Fact]
    public void All_targets_together_have_a_burst_of_handshakes_and_then_ten_in_each_second()
    {
        for (var i = 0; i < 20; i++) Assert.Null(_allowance.Take($"t{i}", 5));
        Assert.Equal(TimeSpan.FromMilliseconds(100), _allowance.Take("one more", 1));
        _time.Advance(TimeSpan.FromMilliseconds(60));
        Assert.Equal(0.04, _allowance.Take("one more", 1)!.Value.TotalSeconds, 0.001);
        _time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Null(_allowance.Take("one more", 1));
        Assert.NotNull(_allowance.Take("and another", 1));
    }

    [Fact]
    public void A_target_of_more_handshakes_than_are_left_is_probed_and_the_next_one_waits_for_it()
    {
        Assert.Null(_allowance.Take("huge", 3100));
        Assert.Equal(300, _allowance.Take("a", 1)!.Value.TotalSeconds, 0.2);
        _time.Advance(TimeSpan.FromSeconds(301));
        Assert.Null(_allowance.Take("a", 1));
    }

    [Fact]
    public void In_the_long_run_no_more_than_ten_handshakes_a_second_can_be_asked_for()
    {
        var made = 0;
        for (var second = 0; second < 1000; second++)
        {
            for (var i = 0; i < 50; i++)
            {
                var handshakes = 1 + ((second + i) % 400);
                if (_allowance.Take($"t{i}", handshakes) is null) made += handshakes;
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(made, 9_000, 10_000 + 100 + 400);
    }

    [Fact]
    public void The_burst_recovers_and_is_never_larger()
    {
        for (var i = 0; i < 100; i++) _allowance.Take($"t{i}", 1);
        _time.Advance(TimeSpan.FromHours(5));
        var allowed = Enumerable.Range(0, 500).Count(i => _allowance.Take($"u{i}", 1) is null);
        Assert.Equal(100, allowed);
    }

    [Fact]
    public void A_target_without_handshakes_costs_one() =>
        Assert.Equal(100, Enumerable.Range(0, 500).Count(i => _allowance.Take($"t{i}", 0) is null));

    [Fact]
    public void A_refusal_costs_nothing_and_a_clock_that_is_set_changes_nothing()
    {
        Assert.Null(_allowance.Take("a", 1));
        for (var i = 0; i < 100; i++) Assert.NotNull(_allowance.Take("a", 1));
        _time.StepWallClock(TimeSpan.FromDays(-1));
        Assert.Equal(99, Enumerable.Range(0, 300).Count(i => _allowance.Take($"t{i}", 1) is null));
    }
}
