using System.Net;
using System.Net.Sockets;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Readiness;

namespace MtlsProbe.Tests.Handshake;

public sealed class DialerTests
{
    private static readonly IPAddress Dead = IPAddress.Parse("127.0.0.9");

    [Fact]
    public async Task The_first_address_that_connects_is_taken()
    {
        using var listener = Listen(IPAddress.Loopback);
        var (socket, failure) = await Connect([Dead, IPAddress.Loopback], Port(listener));

        Assert.Null(failure);
        Assert.Equal(listener.LocalEndPoint, socket?.Peer);
        socket?.Dispose();
    }

    [Fact]
    public async Task When_none_connects_every_address_is_named_with_its_fault()
    {
        using var listener = Listen(IPAddress.Loopback);
        var port = Port(listener);
        listener.Dispose();

        var (socket, failure) = await Connect([Dead, IPAddress.Loopback], port);

        Assert.Null(socket);
        Assert.Equal((FinalEventKind.ConnectFailed, SocketError.ConnectionRefused), (failure?.Kind, failure?.SocketError));
        Assert.Equal($"127.0.0.9:{port}: connection refused; 127.0.0.1:{port}: connection refused", failure?.Detail);
    }

    [Fact]
    public async Task A_black_hole_before_a_good_address_costs_a_moment_and_not_the_deadline()
    {
        using var listener = Listen(IPAddress.Loopback);
        using var hole = FullBacklog(Dead, Port(listener)); // the port is free there: connections within the machine leave from 127.0.0.1

        var (socket, _) = await Connect([Dead, IPAddress.Loopback], Port(listener));

        Assert.Equal(listener.LocalEndPoint, socket?.Peer);
        socket?.Dispose();
    }

    [Fact]
    public async Task A_black_hole_alone_lasts_until_the_caller_stops()
    {
        using var hole = FullBacklog(Dead);
        using var stop = new CancellationTokenSource();
        var dial = Connect([Dead], Port(hole.Listener), stop.Token);

        Assert.False(dial.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial);
    }

    [Fact]
    public async Task Look_ups_of_one_name_that_are_under_way_are_shared_and_each_waiter_may_leave()
    {
        var resolver = new Resolver(TimeProvider.System);
        using var gone = new CancellationTokenSource();
        var first = resolver.ResolveAsync("localhost", default);
        var second = resolver.ResolveAsync("LOCALHOST", gone.Token);
        await gone.CancelAsync();

        Assert.Contains(IPAddress.Loopback, await first);
        await second.ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Contains(IPAddress.Loopback, await resolver.ResolveAsync("localhost", default));
    }

    [Fact]
    public async Task A_connection_that_the_kernel_has_made_by_the_deadline_is_not_given_up_before_it_is_handled()
    {
        var time = new ManualTime();
        using var listener = Listen(IPAddress.Loopback);
        using var deadline = new Deadline(ProbeTime.Patient(TimeSpan.FromSeconds(3)), time, default);

        var dial = new Dialer(time).ConnectAsync([IPAddress.Loopback], Port(listener), deadline);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.False(deadline.Token.IsCancellationRequested);
        var (socket, _) = await dial;
        Assert.NotNull(socket);
        socket.Dispose();
    }

    private static async Task<(ReadySocket? Socket, FinalEvent? Failure)> Connect(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellation = default)
    {
        using var deadline = new Deadline(ProbeTime.Patient(TimeSpan.FromMinutes(1)), TimeProvider.System, cancellation);
        return await new Dialer(TimeProvider.System).ConnectAsync(addresses, port, deadline);
    }

    private static Socket Listen(IPAddress address, int port = 0)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(1);
        return listener;
    }

    private static int Port(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>A listener that accepts no connection and whose queue is full: Linux drops the next SYN without an answer.</summary>
    private static Hole FullBacklog(IPAddress address, int port = 0)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(0);
        var fillers = new List<Socket>();
        while (true)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            fillers.Add(filler);
            try
            {
                filler.Connect(listener.LocalEndPoint!);
            }
            catch (SocketException)
            {
                // in progress
            }

            if (!filler.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectWrite)) return new Hole(listener, fillers);
        }
    }

    private sealed record Hole(Socket Listener, List<Socket> Fillers) : IDisposable
    {
        public void Dispose()
        {
            Fillers.ForEach(filler => filler.Dispose());
            Listener.Dispose();
        }
    }
}
