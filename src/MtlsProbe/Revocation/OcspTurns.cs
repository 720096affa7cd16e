namespace MtlsProbe.Revocation;

/// <summary>The responders that are being asked: each with one question at a time, and only a few at once. Thread-safe.</summary>
internal sealed class OcspTurns
{
    private const int MostAtOnce = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task> _underWay = new(StringComparer.Ordinal);

    /// <summary>The requests in progress.</summary>
    public IReadOnlyList<Task> UnderWay
    {
        get { lock (_gate) return [.. _underWay.Values]; }
    }

    /// <summary>Asks a responder, unless a request is already in progress or there are too many.</summary>
    /// <param name="ask">Must not throw.</param>
    public void Begin(string responder, Func<Task> ask)
    {
        lock (_gate)
        {
            if (_underWay.Count >= MostAtOnce || _underWay.ContainsKey(responder)) return;
            _underWay.Add(responder, Task.Run(() => RunAsync(responder, ask)));
        }
    }

    private async Task RunAsync(string responder, Func<Task> ask)
    {
        try
        {
            await ask().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _underWay.Remove(responder);
        }
    }
}
