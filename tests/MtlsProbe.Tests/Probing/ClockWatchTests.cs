using Microsoft.Extensions.Logging;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Probing;

public class ClockWatchTests
{
    private static readonly string[] s_hosts = ["a", "b", "c"];

    [Fact]
    public void The_log_says_once_when_our_clock_is_suspected_and_once_when_it_no_longer_is()
    {
        var time = new ManualTime();
        var log = new RecordingLogger<ClockWatch>();
        IReadOnlyList<ServerState> servers = [];
        var watch = new ClockWatch(() => servers, time, log);

        watch.Told();
        servers = Servers(400);
        watch.Told(); // within a minute
        Assert.Empty(log.Take());

        time.Advance(TimeSpan.FromMinutes(1));
        watch.Told();
        time.Advance(TimeSpan.FromMinutes(1));
        watch.Told();
        Assert.StartsWith("This machine's clock is suspected: 3 of 3 servers whose clock is known are ahead of it, by 400 s in the median.", Assert.Single(log.Take()).Text);

        servers = Servers(0);
        time.Advance(TimeSpan.FromMinutes(1));
        watch.Told();
        Assert.Equal(LogLevel.Information, Assert.Single(log.Take()).Level);

        IReadOnlyList<ServerState> Servers(double offset) =>
        [
            .. s_hosts.Select(host => new ServerState
            {
                Key = new ServerKey(host, host),
                Target = Samples.Target(host),
                Clock = ClockMemory.Empty.With(new ServerClock(time.GetUtcNow(), time.GetUtcNow(), offset, 1)),
            }),
        ];
    }
}
