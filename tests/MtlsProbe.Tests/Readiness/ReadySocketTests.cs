using System.Net;
using System.Net.Sockets;
using MtlsProbe.Readiness;

namespace MtlsProbe.Tests.Readiness;

/// <summary>Against a listener of .NET on loopback.</summary>
public sealed class ReadySocketTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ReadySocketTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Bytes_go_and_come_and_the_end_is_zero()
    {
        using var socket = new ReadySocket(AddressFamily.InterNetwork);
        Assert.Equal(SocketError.Success, await socket.ConnectAsync(Address, default));
        using var peer = await _listener.AcceptAsync();

        Assert.Equal(3, await socket.SendAsync(new byte[] { 1, 2, 3 }, default));
        Assert.Equal([1, 2, 3], await ReadAsync(peer, 3));

        var coming = socket.ReceiveAsync(new byte[10], default).AsTask();
        Assert.False(coming.IsCompleted);
        peer.Send([4, 5]);
        Assert.Equal(2, await coming.WaitAsync(Patience));

        var end = socket.ReceiveAsync(new byte[10], default).AsTask();
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await end.WaitAsync(Patience));
    }

    [Fact]
    public async Task The_other_end_is_the_one_that_was_reached()
    {
        using var socket = new ReadySocket(AddressFamily.InterNetwork);
        Assert.Equal(SocketError.Success, await socket.ConnectAsync(new IPEndPoint(IPAddress.Any, Address.Port), default));
        Assert.Equal(Address, socket.Peer);
    }

    [Fact]
    public async Task Data_and_the_end_that_come_together_are_both_seen()
    {
        for (var i = 0; i < 200; i++)
        {
            using var socket = new ReadySocket(AddressFamily.InterNetwork);
            await socket.ConnectAsync(Address, default);
            using (var peer = await _listener.AcceptAsync())
            {
                if (i % 2 == 0) await Task.Yield();
                peer.Send(new byte[5]);
            }

            var bytes = new byte[100];
            Assert.Equal(5, await socket.ReceiveAsync(bytes, default).AsTask().WaitAsync(Patience));
            Assert.Equal(0, await socket.ReceiveAsync(bytes, default).AsTask().WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task More_than_the_kernel_takes_at_once_arrives_whole()
    {
        var sent = new byte[8 << 20];
        new Random(1).NextBytes(sent);
        using var socket = new ReadySocket(AddressFamily.InterNetwork);
        await socket.ConnectAsync(Address, default);
        using var peer = await _listener.AcceptAsync();
        var received = ReadAsync(peer, sent.Length);

        for (var done = 0; done < sent.Length;) done += await socket.SendAsync(sent.AsMemory(done), default).AsTask().WaitAsync(Patience);

        Assert.Equal(sent, await received.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_reset_is_told_with_its_error()
    {
        using var socket = new ReadySocket(AddressFamily.InterNetwork);
        await socket.ConnectAsync(Address, default);
        var peer = await _listener.AcceptAsync();
        var reading = socket.ReceiveAsync(new byte[10], default).AsTask();
        peer.LingerState = new LingerOption(true, 0);
        peer.Dispose();

        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => reading.WaitAsync(Patience))).SocketErrorCode);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_refuses()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // so that no other program listens there
        using var socket = new ReadySocket(AddressFamily.InterNetwork);

        Assert.Equal(SocketError.ConnectionRefused, await socket.ConnectAsync((IPEndPoint)taken.LocalEndPoint!, default).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_cancelled_wait_ends_and_the_next_one_is_not_affected()
    {
        using var socket = new ReadySocket(AddressFamily.InterNetwork);
        await socket.ConnectAsync(Address, default);
        using var peer = await _listener.AcceptAsync();
        using var stop = new CancellationTokenSource();
        var first = socket.ReceiveAsync(new byte[10], stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));

        var second = socket.ReceiveAsync(new byte[10], default).AsTask();
        peer.Send([1]);
        Assert.Equal(1, await second.WaitAsync(Patience));
    }

    [Fact]
    public async Task Disposing_ends_a_wait()
    {
        var socket = new ReadySocket(AddressFamily.InterNetwork);
        await socket.ConnectAsync(Address, default);
        var reading = socket.ReceiveAsync(new byte[10], default).AsTask();
        socket.Dispose();

        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => reading.WaitAsync(Patience))).SocketErrorCode);
    }

    [Fact]
    public async Task Many_connections_that_end_in_any_order_get_their_own_events_only()
    {
        var open = new List<(ReadySocket Ours, Socket Theirs, Task<int> Reading)>();
        var random = new Random(3);
        for (var i = 0; i < 600; i++)
        {
            var ours = new ReadySocket(AddressFamily.InterNetwork);
            await ours.ConnectAsync(Address, default);
            open.Add((ours, await _listener.AcceptAsync(), ours.ReceiveAsync(new byte[64], default).AsTask()));
            if (open.Count < 20) continue;
            var at = random.Next(open.Count);
            var (ending, peer, reading) = open[at];
            open.RemoveAt(at);
            Assert.False(reading.IsCompleted);
            peer.Send(new byte[1 + (i % 60)]);
            Assert.Equal(1 + (i % 60), await reading.WaitAsync(Patience));
            ending.Dispose();
            peer.Dispose();
        }

        foreach (var (ours, theirs, reading) in open)
        {
            Assert.False(reading.IsCompleted);
            ours.Dispose();
            theirs.Dispose();
        }
    }

    private static async Task<byte[]> ReadAsync(Socket peer, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var more = await peer.ReceiveAsync(bytes.AsMemory(done));
            if (more == 0) break;
            done += more;
        }

        return bytes;
    }
}
