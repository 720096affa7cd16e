using MtlsProbe.Files;

namespace MtlsProbe.Tests.Files;

/// <summary>Steps that hang block no other. These tests use real time, because the steps hang in the kernel.</summary>
public sealed class PatientReadsTests
{
    private static readonly TimeSpan s_brief = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Steps_are_executed_in_turn_before_it_returns()
    {
        var done = new List<int>();
        PatientReads.Run([() => done.Add(1), () => done.Add(2), () => done.Add(3)], TimeSpan.FromMinutes(1));
        Assert.Equal([1, 2, 3], done);
    }

    [Fact]
    public void Without_steps_it_returns_at_once() => PatientReads.Run([], TimeSpan.FromMinutes(1));

    [Fact]
    public void A_step_that_hangs_is_abandoned_and_no_step_is_executed_twice()
    {
        using var gate = new ManualResetEventSlim();
        using var late = new CountdownEvent(2);
        var done = new int[5];
        void Hang(int step)
        {
            gate.Wait();
            Interlocked.Increment(ref done[step]);
            late.Signal();
        }

        PatientReads.Run([() => done[0]++, () => Hang(1), () => done[2]++, () => Hang(3), () => done[4]++], s_brief);
        Assert.Equal([1, 0, 1, 0, 1], done);

        gate.Set();
        late.Wait();
        Assert.Equal([1, 1, 1, 1, 1], done);
    }

    [Fact]
    public void After_a_stop_no_step_begins()
    {
        var done = false;
        PatientReads.Run([() => done = true], s_brief, new CancellationToken(canceled: true));
        Assert.False(done);
    }
}
