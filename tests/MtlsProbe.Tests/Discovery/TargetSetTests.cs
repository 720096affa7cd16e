using MtlsProbe.Model;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Discovery;

public class TargetSetTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_source_without_an_answer_yet_is_unknown()
    {
        var set = new TargetSet("consul");
        Assert.False(set.IsKnown);
        Assert.True(set.Failed("no answer", At).IsKnown);
        Assert.Null(set.Failed("no answer", At).LastSuccess);
        Assert.True(set.Found([], At).IsKnown);
    }

    [Fact]
    public void A_failure_keeps_the_last_targets_and_says_since_when_and_when_the_last_success_was()
    {
        var set = new TargetSet("consul").Found([Jobs.Target("a")], At).Found([Jobs.Target("b")], At.AddSeconds(1));
        Assert.Equal((At, At.AddSeconds(1)), (set.Since, set.LastSuccess));

        set = set.Failed("no answer", At.AddSeconds(2)).Failed("still no answer", At.AddSeconds(3));
        Assert.Equal("b", Assert.Single(set.Targets).Name);
        Assert.Equal(("still no answer", At.AddSeconds(2), At.AddSeconds(1)), (set.Fault, set.Since, set.LastSuccess));

        set = set.Found([], At.AddSeconds(4));
        Assert.Empty(set.Targets);
        Assert.Equal((null, At.AddSeconds(4), At.AddSeconds(4)), (set.Fault, set.Since, set.LastSuccess));
    }
}
