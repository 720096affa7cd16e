using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class SchedulerLimitsTests
{
    [Theory]
    [InlineData("Max open files            1024                 524288               files", 1024L)]
    [InlineData("Max open files            unlimited            unlimited            files", long.MaxValue)]
    [InlineData("Max processes             1024                 524288               processes", null)]
    public void The_soft_limit_of_open_files_is_read_from_proc(string line, long? limit) =>
        Assert.Equal(limit, SchedulerLimits.ParseOpenFileLimit(["Limit                     Soft Limit           Hard Limit           Units", line]));

    [Fact]
    public void Probes_take_at_most_half_of_the_file_descriptors()
    {
        var open = SchedulerLimits.OpenFileLimit();
        Assert.NotNull(open);
        Assert.InRange(SchedulerLimits.ForThisProcess().Total, 1, Math.Min(SchedulerLimits.MostInTotal, open.Value / 2));
    }
}
