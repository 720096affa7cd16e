using MtlsProbe.Loops;

namespace MtlsProbe.Tests.Loops;

/// <summary>Background work continues, whatever one of its cycles throws.</summary>
public sealed class LoopTests : IAsyncDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(2);

    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Exception> _told = [];
    private readonly Loop _loop;
    private Task _running = Task.CompletedTask;
    private int _turns;

    public LoopTests() => _loop = new Loop("files", _time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OutOfMemoryException))] // thrown by .NET if the system has no more threads
    [InlineData(typeof(OperationCanceledException))] // from someone else
    public async Task A_failed_turn_is_counted_reported_and_repeated(Type kind)
    {
        _running = _loop.RunAsync(() => ++_turns == 1 ? throw (Exception)Activator.CreateInstance(kind)! : Task.CompletedTask, s_period, _told.Add, _stop.Token);
        await Pass(10);

        Assert.IsType(kind, Assert.Single(_told));
        Assert.Equal(1, _loop.Faults);
        Assert.True(_turns > 2);
        Assert.Equal(_time.GetUtcNow(), _loop.LastTurn);
    }

    [Fact]
    public async Task Turns_that_keep_failing_become_rarer_and_the_last_good_one_is_known()
    {
        var began = _time.GetUtcNow();
        _running = _loop.RunAsync(() => throw new InvalidOperationException(), s_period, _told.Add, _stop.Token);
        await Pass(120);

        Assert.InRange(_told.Count, 10, 20); // after 2, 6 and then every 8 s; 60 at the period
        Assert.Equal(began, _loop.LastTurn);
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_does_not_end_the_loop()
    {
        _running = _loop.RunAsync(() => ++_turns == 1 ? throw new InvalidOperationException() : Task.CompletedTask, s_period, _ => throw new IOException(), _stop.Token);
        await Pass(10);

        Assert.True(_turns > 2);
        Assert.Equal(2, _loop.Faults);
    }

    [Fact]
    public async Task A_one_time_task_runs_once()
    {
        _running = _loop.UntilDoneAsync(
            () =>
            {
                if (++_turns < 4) throw new InvalidOperationException();
            },
            _told.Add,
            _stop.Token);
        await Pass(20);

        Assert.Equal((4, 3), (_turns, _told.Count));
        Assert.True(_running.IsCompletedSuccessfully);
    }

    private async Task Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            for (var turn = 0; turn < 10; turn++) await Task.Yield();
        }
    }
}
