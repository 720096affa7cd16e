using Microsoft.AspNetCore.Connections;

namespace MtlsProbe.Web;

/// <summary>
/// The places of connections to the web server. Where all are taken, a new connection gets the place of another: of who holds the most, the
/// one that has had nothing to do for the longest. So silent connections, however many, keep nobody out, and who holds few keeps them.
/// </summary>
/// <param name="most">Connections at once.</param>
/// <param name="evicted">Told of each that has lost its place.</param>
internal sealed class ConnectionPlaces(int most, Action evicted)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedList<Place>> _places = new(StringComparer.Ordinal);
    private int _taken;

    /// <summary>For each connection, before TLS.</summary>
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

    /// <summary>To be called where a connection is given a request, and where it has been answered.</summary>
    public void Note(IDictionary<object, object?> connection, bool isBusy)
    {
        if (!connection.TryGetValue(typeof(Place), out var found) || found is not Place place) return;
        lock (_gate)
        {
            place.Busy += isBusy ? 1 : -1;
            if (place.Node.List is not { } list) return;
            list.Remove(place.Node); // the one that was used last is the last to go
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
        if (place.Node.List is not { } list) return; // it has lost its place before
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

        /// <summary>Requests under way.</summary>
        public int Busy { get; set; }
    }
}
