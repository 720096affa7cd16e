using System.Text;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>The common parts of hostile servers: the same data again and again, until the client closes.</summary>
internal static class Floods
{
    /// <summary>About this many bytes at once.</summary>
    private const int Portion = 8 * 1024;

    /// <summary>In plain text, after these words of the server; if <paramref name="waits"/>, in answer to the client's first words.</summary>
    public static Func<PeerConnection, Task> Clear(string again, string first = "", bool waits = false)
    {
        var (begin, portion) = (Encoding.Latin1.GetBytes(first), Encoding.Latin1.GetBytes(Portions(again)));
        return async c =>
        {
            if (waits) await c.ReceiveRawAsync();
            await c.SendRawAsync(begin);
            while (true) await c.SendRawAsync(portion);
        };
    }

    /// <summary>Inside TLS, after these words of the server, in answer to the client's or unasked.</summary>
    public static Func<PeerConnection, Task> Inside(string again, string first = "", bool isUnasked = false)
    {
        var portion = Portions(again);
        return async c =>
        {
            if (!await c.HandshakeAsync()) return;
            if (!isUnasked && await c.ReadAsync() is null) return;
            if (first.Length > 0) await c.WriteAsync(first);
            while (true) await c.WriteAsync(portion);
        };
    }

    /// <summary>Something that libssl does once in each round; in between, the client's answers are read.</summary>
    public static Func<PeerConnection, Task> Steps(Action<PeerConnection> step, bool isAnswered) => async c =>
    {
        if (!await c.HandshakeAsync()) return;
        while (true)
        {
            step(c);
            if (!await c.HandshakeAsync()) return;
            if (isAnswered) await c.FeedAsync();
            c.Connection.Read(new byte[16], out _);
            await c.FlushAsync();
            if (isAnswered && !await c.HandshakeAsync()) return;
        }
    };

    private static string Portions(string again) => string.Concat(Enumerable.Repeat(again, Math.Max(1, Portion / again.Length)));
}
