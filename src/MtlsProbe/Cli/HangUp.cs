using System.Runtime.InteropServices;

namespace MtlsProbe.Cli;

/// <summary>SIGHUP means reload, from the very beginning: a signal that comes before there is anything to reload is kept until there is.</summary>
internal sealed class HangUp : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration _registration;
    private Func<Task>? _reload;
    private bool _isWaiting;

    public HangUp() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
    {
        signal.Cancel = true;
        Come();
    });

    /// <summary>From now on, SIGHUP calls this; at once if a signal came before.</summary>
    /// <param name="reload">Must not throw.</param>
    public void Answer(Func<Task> reload)
    {
        lock (_gate)
        {
            _reload = reload;
            if (!_isWaiting) return;
            _isWaiting = false;
        }

        _ = reload();
    }

    /// <summary>Handles the signal.</summary>
    public void Come()
    {
        Func<Task>? reload;
        lock (_gate)
        {
            reload = _reload;
            _isWaiting |= reload is null;
        }

        if (reload is not null) _ = reload();
    }

    public void Dispose() => _registration.Dispose();
}
