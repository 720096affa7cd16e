using System.Runtime.InteropServices;

namespace MtlsProbe.Cli;

/// <summary>The first SIGINT or SIGTERM asks the command to stop, and ends the process if it does not. A second one ends it at once.</summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>How long a command can take to end.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(6);

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly ITimer _end;

    public StopSignals(TimeProvider time)
    {
        _end = time.CreateTimer(_ => Environment.Exit(Code), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Take(signal, ExitCode.Interrupted));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Take(signal, ExitCode.Terminated));
    }

    public CancellationToken Stop => _stop.Token;

    /// <summary>The exit code of a command that was stopped in the middle of its work: 128 and the signal, as in shells.</summary>
    public int Code { get; private set; } = ExitCode.Interrupted;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _end.Dispose();
        _stop.Dispose();
    }

    private void Take(PosixSignalContext signal, int code)
    {
        if (_stop.IsCancellationRequested) return;
        signal.Cancel = true;
        Code = code;
        _end.Change(s_patience, Timeout.InfiniteTimeSpan);
        _stop.Cancel();
    }
}
