namespace MtlsProbe.Web;

/// <summary>
/// One turn at a time, with one place in the queue for each client: a client with a thousand requests waits behind itself, and delays another client
/// by only one turn.
/// </summary>
internal sealed class FairTurns : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Own> _own = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Waits for a turn, and holds it until this is disposed.</summary>
    /// <param name="who">The client.</param>
    public async Task<IDisposable> TakeAsync(string who, CancellationToken ct)
    {
        var own = Join(who);
        try
        {
            await own.Turn.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                await _turn.WaitAsync(ct).ConfigureAwait(false);
            }
            catch
            {
                own.Turn.Release();
                throw;
            }
        }
        catch
        {
            Leave(who, own);
            throw;
        }

        return new Held(this, who, own);
    }

    public void Dispose() => _turn.Dispose();

    private Own Join(string who)
    {
        lock (_gate)
        {
            if (!_own.TryGetValue(who, out var own)) _own[who] = own = new Own();
            own.Count++;
            return own;
        }
    }

    private void Leave(string who, Own own)
    {
        lock (_gate)
        {
            if (--own.Count > 0) return;
            _own.Remove(who);
            own.Turn.Dispose();
        }
    }

    private sealed class Own
    {
        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>How many clients wait or have the turn.</summary>
        public int Count { get; set; }
    }

    private sealed class Held(FairTurns turns, string who, Own own) : IDisposable
    {
        public void Dispose()
        {
            turns._turn.Release();
            own.Turn.Release();
            turns.Leave(who, own);
        }
    }
}
