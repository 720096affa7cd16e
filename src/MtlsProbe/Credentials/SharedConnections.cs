namespace MtlsProbe.Credentials;

/// <summary>Connections to sources that are no files: those to one place are one, for as long as anybody uses it. Thread-safe.</summary>
/// <typeparam name="TPlace">What is equal where one connection does.</typeparam>
/// <param name="open">Returns soon, and does not throw.</param>
internal sealed class SharedConnections<TPlace, TConnection>(Func<TPlace, TConnection> open)
    where TPlace : notnull
    where TConnection : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TPlace, Shared> _open = [];

    /// <summary>The connection to a place; disposal gives it back.</summary>
    public Use Rent(TPlace place)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(place, out var shared)) _open[place] = shared = new Shared(open(place));
            shared.Users++;
            return new Use(this, place, shared.Connection);
        }
    }

    private void Return(TPlace place)
    {
        lock (_gate)
        {
            var shared = _open[place];
            if (--shared.Users > 0) return;
            _open.Remove(place);
            shared.Connection.Dispose();
        }
    }

    /// <summary>One user's hold on a connection.</summary>
    internal sealed class Use(SharedConnections<TPlace, TConnection> all, TPlace place, TConnection connection) : IDisposable
    {
        private bool _isReturned;

        public TConnection Connection { get; } = connection;

        /// <summary>To be called by one thread.</summary>
        public void Dispose()
        {
            if (_isReturned) return;
            _isReturned = true;
            all.Return(place);
        }
    }

    private sealed class Shared(TConnection connection)
    {
        public TConnection Connection { get; } = connection;

        public int Users { get; set; }
    }
}
