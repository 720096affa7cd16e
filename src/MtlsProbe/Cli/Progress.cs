namespace MtlsProbe.Cli;

/// <summary>One line on standard error that counts what is done, for those who watch; gone when disposed. Thread-safe.</summary>
internal sealed class Progress : IDisposable
{
    private readonly TextWriter? _error;
    private readonly int _total;
    private readonly Lock _lock = new();
    private int _done;

    public Progress(Surroundings surroundings, int total)
    {
        _error = surroundings.ErrorIsTerminal ? surroundings.Error : null;
        _total = total;
        Show();
    }

    public void OneDone()
    {
        lock (_lock)
        {
            _done++;
            Show();
        }
    }

    public void Dispose() => _error?.Write("\r\u001b[K");

    private void Show() => _error?.Write(FormattableString.Invariant($"\rprobed {_done:N0} of {_total:N0} …"));
}
