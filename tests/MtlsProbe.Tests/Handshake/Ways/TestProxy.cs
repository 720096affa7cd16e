using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtlsProbe.Tests.Handshake.Ways;

/// <summary>A proxy on loopback whose messages a test writes. Characters are bytes (Latin-1).</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <param name="speak">Handles each connection.</param>
    public TestProxy(Func<ProxyTalk, Task> speak)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(speak);
    }

    public int Port { get; }

    /// <summary>What the clients have sent before the tunnel was open, in order.</summary>
    public ConcurrentQueue<string> Heard { get; } = [];

    /// <summary>Where the clients came from.</summary>
    public ConcurrentQueue<IPAddress> Clients { get; } = [];

    /// <summary>
    /// A proxy that answers in turns: it waits for a message, and sends the next turn. After the last turn the tunnel to this port is open.
    /// </summary>
    public static TestProxy Opening(int server, params string[] turns) => new(async talk =>
    {
        foreach (var turn in turns)
        {
            await talk.HearAsync();
            await talk.SayAsync(turn);
        }

        await talk.RelayAsync(server);
    });

    /// <summary>A proxy that answers in turns, and closes after the last.</summary>
    public static TestProxy Closing(params string[] turns) => new(async talk =>
    {
        foreach (var turn in turns)
        {
            await talk.HearAsync();
            await talk.SayAsync(turn);
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<ProxyTalk, Task> speak)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            Clients.Enqueue(((IPEndPoint)client.Client.RemoteEndPoint!).Address);
            _ = ServeAsync(client, speak);
        }
    }

    private async Task ServeAsync(TcpClient client, Func<ProxyTalk, Task> speak)
    {
        using (client)
        {
            try
            {
                await speak(new ProxyTalk(client, Heard, _stop.Token));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client has gone, or the test is over.
            }
        }
    }
}

/// <summary>One connection to a <see cref="TestProxy"/>.</summary>
internal sealed class ProxyTalk(TcpClient client, ConcurrentQueue<string> heard, CancellationToken stop)
{
    private readonly NetworkStream _stream = client.GetStream();
    private readonly byte[] _buffer = new byte[64 * 1024];

    public CancellationToken Stop => stop;

    public async Task HearAsync()
    {
        var count = await _stream.ReadAsync(_buffer, stop);
        if (count == 0) throw new IOException("gone");
        heard.Enqueue(Encoding.Latin1.GetString(_buffer, 0, count));
    }

    /// <summary>Reads a number of bytes, or a line, and nothing after it.</summary>
    public async Task HearAsync(int? count)
    {
        var words = new List<byte>();
        while (words.Count != count && (count is not null || words.Count == 0 || words[^1] != '\n'))
        {
            await _stream.ReadExactlyAsync(_buffer.AsMemory(0, 1), stop);
            words.Add(_buffer[0]);
        }

        heard.Enqueue(Encoding.Latin1.GetString([.. words]));
    }

    public Task SayAsync(string words) => _stream.WriteAsync(Encoding.Latin1.GetBytes(words), stop).AsTask();

    public Task HangAsync() => Task.Delay(Timeout.Infinite, stop);

    public void Reset() => client.Client.Close(0);

    /// <summary>Forwards the client's first flight and everything that comes back, but nothing of the client's second flight.</summary>
    public async Task RelayHelloAsync(int server)
    {
        using var there = new TcpClient();
        await there.ConnectAsync(IPAddress.Loopback, server, stop);
        await there.GetStream().WriteAsync(_buffer.AsMemory(0, await _stream.ReadAsync(_buffer, stop)), stop);
        using var back = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var coming = there.GetStream().CopyToAsync(_stream, back.Token);
        await _stream.ReadExactlyAsync(_buffer.AsMemory(0, 1), stop);
        await back.CancelAsync();
        await ((Task)coming).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (client.Available > 0) await _stream.ReadAtLeastAsync(_buffer, 1, throwOnEndOfStream: false, stop); // unread data would turn the close into a reset
    }

    /// <summary>Forwards bytes in both directions; the end of either stream ends both, as in many proxies.</summary>
    public async Task RelayAsync(int server)
    {
        using var there = new TcpClient();
        await there.ConnectAsync(IPAddress.Loopback, server, stop);
        await Task.WhenAny(_stream.CopyToAsync(there.GetStream(), stop), there.GetStream().CopyToAsync(_stream, stop));
    }
}
