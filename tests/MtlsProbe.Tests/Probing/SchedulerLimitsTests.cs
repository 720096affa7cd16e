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

    [Fact]
    public void The_figures_of_the_process_are_the_systems()
    {
        var figures = ProcessFigures.Read()!;
        Assert.InRange(figures.OpenFileDescriptors, 1, figures.MaxFileDescriptors);
        Assert.True(figures.CpuSeconds > 0);
        Assert.True(figures.ResidentBytes > 1024 * 1024);
        Assert.True(figures.VirtualBytes >= figures.ResidentBytes);
        Assert.True(figures.Threads > 1);
        Assert.InRange(figures.Start, TimeProvider.System.GetUtcNow().AddHours(-6), TimeProvider.System.GetUtcNow().AddSeconds(1));
    }
}
