namespace MtlsProbe.Cli;

/// <summary>One line on a terminal's standard error that says what the command waits for, shown after a second; removed when disposed.</summary>
internal sealed class Waiting : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TextWriter _error;
    private readonly ITimer? _timer;
    private bool _shown;
    private bool _over;

    public Waiting(Surroundings surroundings, string what)
    {
        _error = surroundings.Error;
        if (surroundings.ErrorIsTerminal) _timer = surroundings.Time.CreateTimer(_ => Show(what), null, Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>For looking up a number of names.</summary>
    public static Waiting ForNames(Surroundings surroundings, int count) =>
        new(surroundings, FormattableString.Invariant($"looking up the addresses of {count:N0} {(count == 1 ? "name" : "names")} …"));

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _over = true;
            if (_shown) _error.Write("\r\u001b[K");
        }
    }

    private void Show(string what)
    {
        lock (_lock)
        {
            if (_over) return;
            _shown = true;
            _error.Write($"\r{what}");
        }
    }
}
