using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Handshake;

/// <summary>Which times count for a probe's timeout.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTime _time = new();

    [Fact]
    public void The_time_of_the_server_ends_at_the_timeout()
    {
        using var deadline = new Deadline(ProbeTime.Patient(3 * Second), _time, default);

        deadline.Wait();
        _time.Advance(3 * Second - TimeSpan.FromMilliseconds(1));
        Assert.False(deadline.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void Our_own_time_is_added()
    {
        using var deadline = new Deadline(ProbeTime.Patient(3 * Second), _time, default);

        _time.Advance(Second); // no wait is in progress
        deadline.Wait();
        _time.Advance(3 * Second - TimeSpan.FromMilliseconds(1));
        Assert.False(deadline.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void What_came_in_time_and_was_handled_late_is_our_own_time()
    {
        using var deadline = new Deadline(ProbeTime.Patient(3 * Second), _time, default);

        deadline.Wait();
        _time.Advance(Second);
        var came = _time.GetTimestamp();
        _time.Advance(Second);
        deadline.Over(came);

        Assert.Equal(2 * Second, deadline.Left);
    }

    [Fact]
    public void Data_that_arrived_by_the_deadline_can_still_be_handled()
    {
        using var deadline = new Deadline(ProbeTime.Patient(3 * Second), _time, default);

        deadline.Wait(() => true);
        _time.Advance(2 * Second);
        var came = _time.GetTimestamp();
        _time.Advance(2 * Second);
        Assert.False(deadline.Token.IsCancellationRequested);

        deadline.Over(came);
        Assert.Equal(Second, deadline.Left);
        deadline.Wait(() => false);
        _time.Advance(Second);
        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void Data_that_are_never_handled_end_at_the_bound()
    {
        using var deadline = new Deadline(ProbeTime.Patient(3 * Second), _time, default);

        deadline.Wait(() => true);
        _time.Advance(6 * Second - TimeSpan.FromMilliseconds(1));
        Assert.False(deadline.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void Data_that_have_not_arrived_by_the_deadline_end_the_wait()
    {
        using var deadline = new Deadline(ProbeTime.Patient(3 * Second), _time, default);

        deadline.Wait(() => false);
        _time.Advance(3 * Second);

        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void Our_own_time_is_added_up_to_a_bound()
    {
        using var deadline = new Deadline(new ProbeTime(3 * Second, 4 * Second), _time, default);

        _time.Advance(4 * Second - TimeSpan.FromMilliseconds(1));
        Assert.False(deadline.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_strict_limit_adds_nothing()
    {
        using var deadline = new Deadline(ProbeTime.Strict(3 * Second), _time, default);

        _time.Advance(3 * Second);

        Assert.True(deadline.Token.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, deadline.Left);
    }

    [Fact]
    public void The_callers_cancellation_ends_it()
    {
        using var caller = new CancellationTokenSource();
        using var deadline = new Deadline(ProbeTime.Patient(Second), _time, caller.Token);

        caller.Cancel();

        Assert.True(deadline.Token.IsCancellationRequested);
    }
}
