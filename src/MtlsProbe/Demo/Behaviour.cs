using System.Globalization;
using System.Text;

namespace MtlsProbe.Demo;

/// <summary>
/// What a server does with one connection. After it returns, the server sends FIN and waits for the client's FIN. An <see cref="IOException"/> ends
/// this connection and nothing else.
/// </summary>
internal delegate Task Behaviour(ServerPeer peer, CancellationToken stop);

/// <summary>The behaviours of known servers.</summary>
internal static class Behaviours
{
    private const int MaxRequestHead = 16 * 1024;

    /// <summary>Accepts the connection and sends nothing: a hung process.</summary>
    public static readonly Behaviour Silence = (peer, stop) => peer.DiscardAsync(stop);

    /// <summary>TLS alone: closes when the client closes.</summary>
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
    /// <param name="clock">The server's clock, for the header Date; null: no such header.</param>
    public static Behaviour AnswerHttp(int status, string reason, string body, Func<DateTimeOffset>? clock = null) => async (peer, stop) =>
    {
        if (!await peer.HandshakeAsync(stop)) return;
        if (!await ReadRequestAsync(peer, stop)) return;
        await peer.WriteAsync(HttpAnswer(status, reason, body, clock?.Invoke()), stop);
        await peer.CloseAsync(stop);
    };

    /// <summary>Sends these bytes as soon as the client has sent anything: a server that does not speak TLS.</summary>
    public static Behaviour AnswerPlain(byte[] answer) => async (peer, stop) =>
    {
        var buffer = new byte[1024];
        if (await peer.Socket.ReceiveAsync(buffer, stop) > 0) await peer.Socket.SendAsync(answer, stop);
    };

    /// <summary>A complete HTTP/1.1 response that ends its connection.</summary>
    public static byte[] HttpAnswer(int status, string reason, string body, DateTimeOffset? date = null) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status} {reason}\r\n{(date is { } now ? $"Date: {now:r}\r\n" : "")}Content-Type: text/html\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));

    /// <summary>Reads up to the empty line that ends a request's head; false if it does not come.</summary>
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
