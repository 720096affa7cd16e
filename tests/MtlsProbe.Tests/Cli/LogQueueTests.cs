using MtlsProbe.Cli;
using Serilog;

namespace MtlsProbe.Tests.Cli;

/// <summary>A log that is not read blocks nothing.</summary>
public sealed class LogQueueTests
{
    [Fact]
    public async Task If_nobody_reads_the_output_lines_are_dropped_and_counted_and_nobody_waits()
    {
        var output = new StuckStream();
        long dropped = 0;
        using var queue = new LogQueue(new TextLogFormat(), output, count => dropped += count);
        using var log = new LoggerConfiguration().WriteTo.Sink(queue).CreateLogger();
        log.Information("first");
        await output.Stuck.Task;

        for (var i = 0; i < LogQueue.Capacity + 100; i++) log.Information("line {Number}", i);
        Assert.Equal(100, dropped);

        output.Gate.Set();
        queue.Dispose();
        Assert.Contains("100 lines of this log were dropped", output.Text, StringComparison.Ordinal);
        Assert.Contains("line 0", output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_breaks_is_no_fault()
    {
        using var queue = new LogQueue(new TextLogFormat(), new MemoryStream([], writable: false), _ => { });
        using var log = new LoggerConfiguration().WriteTo.Sink(queue).CreateLogger();

        log.Information("nobody hears");
    }

    [Fact]
    public void A_hang_up_signal_before_the_first_configuration_is_kept()
    {
        var reloads = 0;
        using var hangUp = new HangUp();
        hangUp.Come();
        hangUp.Come();

        hangUp.Answer(Reload);
        Assert.Equal(1, reloads);
        hangUp.Come();
        Assert.Equal(2, reloads);

        Task Reload()
        {
            reloads++;
            return Task.CompletedTask;
        }
    }

    /// <summary>Accepts nothing until it is told to.</summary>
    private sealed class StuckStream : MemoryStream
    {
        private readonly StringWriter _text = new();

        public TaskCompletionSource Stuck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Gate { get; } = new();

        public string Text
        {
            get { lock (_text) return _text.ToString(); }
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Stuck.TrySetResult();
            Gate.Wait();
            lock (_text) _text.Write(System.Text.Encoding.UTF8.GetString(buffer));
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
