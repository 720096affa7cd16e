using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Api;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Api;

public sealed class FleetViewsTests : IDisposable
{
    private readonly TempFiles _files = new();
    private readonly ManualTime _time = new();
    private readonly Fleet _fleet;
    private readonly FleetViews _views;

    public FleetViewsTests()
    {
        var file = _files.Write("mtlsprobe.yml", "targets: [{ name: payments, address: \"payments.internal:8443\" }]");
        var stack = new ProbeStack(_time, NullLoggerFactory.Instance, isFleet: false)
        {
            Probe = (job, _, _) => Task.FromResult(Samples.Accepted(job.Target)),
            Resolve = (_, _) => Task.FromResult<System.Net.IPAddress[]>([]),
        };
        _fleet = new Fleet(stack, file, ConfigurationFile.Load(file, BuiltInProtocols.All), new BuildInfo("", "", "", ""));
        _views = new FleetViews(_fleet, _time);
    }

    public void Dispose()
    {
        _views.Dispose();
        _fleet.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_view_is_forgotten_after_a_minute_without_requests()
    {
        var view = Ask(_views);
        _time.Advance(FleetViews.LongestAge - TimeSpan.FromSeconds(1));
        Assert.True(IsHeld(view));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(IsHeld(view));
    }

    [Fact]
    public void A_timer_that_fires_early_does_not_keep_it_for_ever()
    {
        using var views = new FleetViews(_fleet, new EarlyTimers(_time));
        var view = Ask(views);

        _time.Advance(FleetViews.LongestAge - TimeSpan.FromMilliseconds(1));
        Assert.True(IsHeld(view));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(IsHeld(view));
        GC.KeepAlive(views);
    }

    [Fact]
    public void A_view_is_kept_for_repeated_requests_and_tags_are_never_reused()
    {
        var first = _views.Now();
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Same(first.View, _views.Now().View);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.NotEqual(first.Tag, _views.Now().Tag);
    }

    [Fact]
    public void Nothing_is_kept_after_it_is_disposed()
    {
        var timers = _time.ArmedTimers;
        _views.Now();
        Assert.Equal(timers + 1, _time.ArmedTimers);
        _views.Dispose();
        Assert.Equal(timers, _time.ArmedTimers);
    }

    /// <summary>Not inlined, so that no variable keeps what it names.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Ask(FleetViews views) => new(views.Now().View);

    private static bool IsHeld(WeakReference view)
    {
        GC.Collect();
        return view.IsAlive;
    }

    /// <summary>A clock whose timers fire a millisecond early.</summary>
    private sealed class EarlyTimers(ManualTime time) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new EarlyTimer(time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
    }

    private sealed class EarlyTimer(ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime - TimeSpan.FromMilliseconds(1), period);

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
