using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

public class ProbeAllowanceTests
{
    private readonly ManualTime _time = new();
    private readonly ProbeAllowance _allowance;

    public ProbeAllowanceTests() => _allowance = new ProbeAllowance(_time);

    [Fact]
    public void One_target_may_be_probed_again_after_a_pause()
    {
        Assert.Null(_allowance.Take("a"));
        Assert.Equal(TimeSpan.FromSeconds(5), _allowance.Take("a"));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(1), _allowance.Take("a"));
        Assert.Null(_allowance.Take("b"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_allowance.Take("a"));
    }

    [Fact]
    public void All_targets_together_have_a_burst_and_then_one_in_three_seconds()
    {
        for (var i = 0; i < 20; i++) Assert.Null(_allowance.Take($"t{i}"));
        Assert.Equal(TimeSpan.FromSeconds(3), _allowance.Take("one more"));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _allowance.Take("one more")!.Value.TotalSeconds, 0.001);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_allowance.Take("one more"));
        Assert.NotNull(_allowance.Take("and another"));
    }

    [Fact]
    public void The_burst_comes_back_and_is_never_larger()
    {
        for (var i = 0; i < 20; i++) _allowance.Take($"t{i}");
        _time.Advance(TimeSpan.FromHours(5));
        var allowed = Enumerable.Range(0, 100).Count(i => _allowance.Take($"u{i}") is null);
        Assert.Equal(20, allowed);
    }

    [Fact]
    public void A_refusal_costs_nothing_and_a_clock_that_is_set_changes_nothing()
    {
        Assert.Null(_allowance.Take("a"));
        for (var i = 0; i < 100; i++) Assert.NotNull(_allowance.Take("a"));
        _time.StepWallClock(TimeSpan.FromDays(-1));
        Assert.Equal(19, Enumerable.Range(0, 30).Count(i => _allowance.Take($"t{i}") is null));
    }
}
