using MtlsProbe.Cli;

namespace MtlsProbe.Tests.Cli;

public class PaceTests
{
    [Fact]
    public async Task A_fixed_number_begins_each_second_and_unused_ones_do_not_accumulate()
    {
        var time = new ManualTime();
        var pace = new Pace(10, time);
        var turns = Enumerable.Range(0, 21).Select(_ => pace.TurnAsync(CancellationToken.None)).ToList();
        Assert.Equal(1, turns.Count(turn => turn.IsCompleted));

        time.Advance(TimeSpan.FromSeconds(1));
        await turns[10];
        Assert.False(turns[11].IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(turns);

        time.Advance(TimeSpan.FromMinutes(1));
        var later = Enumerable.Range(0, 2).Select(_ => pace.TurnAsync(CancellationToken.None)).ToList();
        Assert.Equal([true, false], later.Select(turn => turn.IsCompleted));
    }
}
