using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>One line on a terminal's standard error that counts completed work; removed when disposed. Thread-safe.</summary>
internal sealed class Progress : IDisposable
{
    private readonly TextWriter? _error;
    private readonly int _total;
    private readonly Lock _lock = new();
    private readonly int _perSecond;
    private int _done;

    /// <param name="perSecond">The rate of starts per second; 0 if it is not limited.</param>
    public Progress(Surroundings surroundings, int total, int perSecond = 0)
    {
        _perSecond = perSecond;
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

    private void Show() => _error?.Write(FormattableString.Invariant($"\rprobed {_done:N0} of {_total:N0} …{Left()}"));

    private string Left() => _perSecond == 0 ? "" : $" about {Duration.Format(TimeSpan.FromSeconds(Math.Ceiling((double)(_total - _done) / _perSecond)))} left\u001b[K";
}
