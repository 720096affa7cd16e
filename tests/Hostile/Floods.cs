using System.Text;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>What hostile servers have in common: the same again and again, until the client has had enough.</summary>
internal static class Floods
{
    /// <summary>About so much at once.</summary>
    private const int Portion = 8 * 1024;

    /// <summary>In clear text, after these words of the server's; to the client's first words where <paramref name="waits"/>.</summary>
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

    /// <summary>Inside TLS, after these words of the server's, in answer to the client's or unasked.</summary>
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

    /// <summary>Something that libssl does once in each turn; in between the client's answers are taken.</summary>
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
