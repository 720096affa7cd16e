using System.Globalization;
using System.Text;

namespace MtlsProbe.Demo;

/// <summary>
/// What a server does with one connection. When it returns, the server sends FIN and waits for the client's; an
/// <see cref="IOException"/> ends the connection and nothing else.
/// </summary>
internal delegate Task Behaviour(ServerPeer peer, CancellationToken stop);

/// <summary>The behaviours that servers are known for.</summary>
internal static class Behaviours
{
    private const int MaxRequestHead = 16 * 1024;

    /// <summary>Takes the connection and never says a word: a hung process.</summary>
    public static readonly Behaviour Silence = (peer, stop) => peer.DiscardAsync(stop);

    /// <summary>TLS alone: closes when the client does.</summary>
    public static readonly Behaviour CloseWithClient = async (peer, stop) =>
    {
        if (!await peer.HandshakeAsync(stop)) return;
        var buffer = new byte[1024];
        while (await peer.ReadAsync(buffer, stop) > 0)
        {
        }

        await peer.CloseAsync(stop);
    };

    /// <summary>Refuses as Node.js and .NET do: the connection ends after the handshake, and no alert says why.</summary>
    public static readonly Behaviour CloseAfterHandshake = (peer, stop) => peer.HandshakeAsync(stop);

    /// <summary>Answers one HTTP request.</summary>
    /// <param name="clock">What the server takes for the time; null: it does not say.</param>
    public static Behaviour AnswerHttp(int status, string reason, string body, Func<DateTimeOffset>? clock = null) => async (peer, stop) =>
    {
        if (!await peer.HandshakeAsync(stop)) return;
        if (!await ReadRequestAsync(peer, stop)) return;
        await peer.WriteAsync(HttpAnswer(status, reason, body, clock?.Invoke()), stop);
        await peer.CloseAsync(stop);
    };

    /// <summary>Sends these bytes once the client has spoken, whatever it said: a server that does not speak TLS.</summary>
    public static Behaviour AnswerPlain(byte[] answer) => async (peer, stop) =>
    {
        var buffer = new byte[1024];
        if (await peer.Socket.ReceiveAsync(buffer, stop) > 0) await peer.Socket.SendAsync(answer, stop);
    };

    /// <summary>A whole HTTP/1.1 answer that ends its connection.</summary>
    public static byte[] HttpAnswer(int status, string reason, string body, DateTimeOffset? date = null) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status} {reason}\r\n{(date is { } now ? $"Date: {now:r}\r\n" : "")}Content-Type: text/html\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));

    /// <summary>Reads up to the empty line that ends a request's head; false when it does not come.</summary>
    private static async Task<bool> ReadRequestAsync(ServerPeer peer, CancellationToken stop)
    {
        var head = new byte[MaxRequestHead];
        for (var length = 0; length < head.Length;)
        {
            var count = await peer.ReadAsync(head.AsMemory(length), stop);
            if (count == 0) return false;
            length += count;
            if (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0) return true;
        }

        return false;
    }
}
