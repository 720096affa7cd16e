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

    [Theory]
    [InlineData(64L, 32, 8, 8)]
    [InlineData(1024L, 512, 128, 128)]
    [InlineData(8192L, 4000, 256, 512)]
    [InlineData(long.MaxValue, 4000, 256, 512)]
    [InlineData(null, 4000, 256, 512)]
    public void Each_user_of_descriptors_gets_its_share_of_the_limit(long? limit, int scheduled, int onDemand, int connections) =>
        Assert.Equal(new DescriptorShares(scheduled, onDemand, connections), DescriptorShares.Of(limit));

    [Fact]
    public void All_together_leave_a_quarter_of_the_descriptors_free()
    {
        for (var limit = 32L; limit < 1 << 20; limit += 7)
        {
            var (scheduled, onDemand, connections) = DescriptorShares.Of(limit);
            Assert.InRange(scheduled + onDemand + connections, 3, limit * 3 / 4);
        }
    }

    [Fact]
    public void The_limit_of_this_process_is_known() => Assert.NotNull(SchedulerLimits.OpenFileLimit());
}
