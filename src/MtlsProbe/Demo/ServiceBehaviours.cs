using System.Text;

namespace MtlsProbe.Demo;

/// <summary>
/// Servers of protocols other than HTTP, as far as a probe needs them: each one accepts, or refuses the certificate in its own protocol.
/// </summary>
internal static class ServiceBehaviours
{
    /// <summary>Maximum bytes of one message from a client.</summary>
    private const int MaxWords = 4096;

    /// <summary>PostgreSQL with a user of the method <c>cert</c>: an SSLRequest, and a StartupMessage inside TLS.</summary>
    public static Behaviour Postgres(bool refuses) => async (peer, stop) =>
    {
        await ReceiveAsync(peer, 8, stop);
        await peer.Socket.SendAsync("S"u8.ToArray(), stop);
        if (!await peer.HandshakeAsync(stop) || await ReadAsync(peer, 8, stop) is null) return;
        await peer.WriteAsync(refuses ? PostgresError("certificate authentication failed for user \"mtlsprobe\"") : "R\0\0\0\x08\0\0\0\0"u8.ToArray(), stop);
        await peer.CloseAsync(stop);
    };

    /// <summary>An MQTT 3.1.1 broker that uses the certificate as the user: a CONNECT, and a CONNACK with code 0, or with 5 (not authorized).</summary>
    public static Behaviour Mqtt(bool refuses) => async (peer, stop) =>
    {
        if (!await peer.HandshakeAsync(stop) || await ReadAsync(peer, 2, stop) is null) return;
        await peer.WriteAsync(new byte[] { 0x20, 2, 0, refuses ? (byte)5 : (byte)0 }, stop);
        await peer.CloseAsync(stop);
    };

    /// <summary>A mail relay with STARTTLS. It refuses as Postfix does, after the handshake.</summary>
    public static Behaviour Smtp(bool refuses) => async (peer, stop) =>
    {
        foreach (var line in (string[])["220 demo.test ESMTP", "250-demo.test\r\n250 STARTTLS", "220 2.0.0 Ready to start TLS"])
        {
            if (!line.StartsWith("220 d", StringComparison.Ordinal)) await ReceiveLineAsync(peer, stop);
            await peer.Socket.SendAsync(Encoding.ASCII.GetBytes(line + "\r\n"), stop);
        }

        if (!await peer.HandshakeAsync(stop) || await ReadAsync(peer, 2, stop) is null) return;
        await peer.WriteAsync(Encoding.ASCII.GetBytes(refuses ? "421 4.7.1 demo.test Error: Client certificate not trusted\r\n" : "250 demo.test\r\n"), stop);
        await peer.CloseAsync(stop);
    };

    /// <summary>Reads inside TLS; null if the client closes before it has sent enough.</summary>
    /// <param name="least">In bytes.</param>
    internal static async Task<byte[]?> ReadAsync(ServerPeer peer, int least, CancellationToken stop)
    {
        var words = new byte[MaxWords];
        var had = 0;
        while (had < least)
        {
            var count = await peer.ReadAsync(words.AsMemory(had), stop);
            if (count == 0) return null;
            had += count;
        }

        return words[..had];
    }

    private static byte[] PostgresError(string message)
    {
        var fields = $"SFATAL\0C28000\0M{message}\0Rauth_failed\0\0";
        return [(byte)'E', 0, 0, 0, (byte)(4 + fields.Length), .. Encoding.ASCII.GetBytes(fields)];
    }

    /// <summary>Reads plain text, one byte at a time, because the beginning of TLS may follow directly.</summary>
    private static async Task ReceiveAsync(ServerPeer peer, int count, CancellationToken stop)
    {
        var one = new byte[1];
        for (var had = 0; had < count; had++)
        {
            if (await peer.Socket.ReceiveAsync(one, stop) == 0) throw new IOException("the client has gone");
        }
    }

    private static async Task ReceiveLineAsync(ServerPeer peer, CancellationToken stop)
    {
        var one = new byte[1];
        for (var had = 0; had < MaxWords && one[0] != '\n'; had++)
        {
            if (await peer.Socket.ReceiveAsync(one, stop) == 0) throw new IOException("the client has gone");
        }
    }
}
