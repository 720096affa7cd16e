using System.Runtime.InteropServices;

namespace MtlsProbe.Benchmarks;

/// <summary>Ctrl-C and SIGTERM end a run in order, so no server is left behind.</summary>
internal static class Signals
{
    public static IDisposable Cancel(CancellationTokenSource stop)
    {
        var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return new Both(interrupt, terminate);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private sealed class Both(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
