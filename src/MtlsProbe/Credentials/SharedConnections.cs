namespace MtlsProbe.Credentials;

/// <summary>Connections to sources that are not files. There is one connection to each place, for as long as it has users. Thread-safe.</summary>
/// <typeparam name="TPlace">Equal for places that share a connection.</typeparam>
/// <param name="open">Returns soon, and does not throw.</param>
internal sealed class SharedConnections<TPlace, TConnection>(Func<TPlace, TConnection> open)
    where TPlace : notnull
    where TConnection : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TPlace, Shared> _open = [];

    /// <summary>The connection to a place; disposal returns it.</summary>
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

    /// <summary>The use of a connection by one user.</summary>
    internal sealed class Use(SharedConnections<TPlace, TConnection> all, TPlace place, TConnection connection) : IDisposable
    {
        private bool _isReturned;

        public TConnection Connection { get; } = connection;

        /// <summary>For one thread.</summary>
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
