using Microsoft.AspNetCore.Connections;

namespace MtlsProbe.Web;

/// <summary>
/// The limit of connections to the web server. If all slots are taken, a new connection replaces another: the longest idle one of the client with the
/// most connections. Any number of silent connections therefore blocks no one, and a client with few connections keeps them.
/// </summary>
/// <param name="most">Maximum concurrent connections.</param>
/// <param name="evicted">Called for each connection that was replaced.</param>
internal sealed class ConnectionPlaces(int most, Action evicted)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedList<Place>> _places = new(StringComparer.Ordinal);
    private int _taken;

    /// <summary>Runs for each connection, before TLS.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var place = new Place(Remote.Key(connection.RemoteEndPoint), connection);
        if (Enter(place) is { } loser)
        {
            loser.Connection.Abort(new ConnectionAbortedException("its place was needed"));
            evicted();
        }

        try
        {
            connection.Items[typeof(Place)] = place;
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(place);
        }
    }

    /// <summary>Call this when a connection gets a request, and when the request has been answered.</summary>
    public void Note(IDictionary<object, object?> connection, bool isBusy)
    {
        if (!connection.TryGetValue(typeof(Place), out var found) || found is not Place place) return;
        lock (_gate)
        {
            place.Busy += isBusy ? 1 : -1;
            if (place.Node.List is not { } list) return;
            list.Remove(place.Node); // the one that was used last is evicted last
            list.AddLast(place.Node);
        }
    }

    private Place? Enter(Place place)
    {
        lock (_gate)
        {
            var loser = _taken >= most ? Loser() : null;
            if (loser is not null) Remove(loser);
            if (!_places.TryGetValue(place.Remote, out var list)) _places[place.Remote] = list = [];
            list.AddLast(place.Node);
            _taken++;
            return loser;
        }
    }

    private Place? Loser()
    {
        var crowd = _places.Values.MaxBy(list => list.Count);
        if (crowd is null) return null;
        for (var node = crowd.First; node is not null; node = node.Next)
        {
            if (node.Value.Busy == 0) return node.Value;
        }

        return crowd.First?.Value;
    }

    private void Leave(Place place)
    {
        lock (_gate) Remove(place);
    }

    private void Remove(Place place)
    {
        if (place.Node.List is not { } list) return; // it has already lost its place
        list.Remove(place.Node);
        if (list.Count == 0) _places.Remove(place.Remote);
        _taken--;
    }

    private sealed class Place
    {
        public Place(string remote, ConnectionContext connection) => (Remote, Connection, Node) = (remote, connection, new LinkedListNode<Place>(this));

        public string Remote { get; }

        public ConnectionContext Connection { get; }

        public LinkedListNode<Place> Node { get; }

        /// <summary>Number of requests in progress.</summary>
        public int Busy { get; set; }
    }
}
