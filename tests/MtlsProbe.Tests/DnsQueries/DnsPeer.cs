using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.Tests.DnsQueries;

/// <summary>A name server on loopback that answers what a test says.</summary>
internal sealed class DnsPeer : IAsyncDisposable
{
    private readonly UdpClient _datagrams;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _askedOverTcp = new(0);
    private readonly Task[] _running;

    /// <param name="answers">The datagrams for a query.</param>
    /// <param name="overTcp">What is sent for a query over TCP, see <see cref="DnsAnswers.OnTcp"/>; null: nothing.</param>
    public DnsPeer(Func<byte[], IEnumerable<byte[]>> answers, Func<byte[], byte[]?>? overTcp)
    {
        (_datagrams, _listener) = Bind();
        EndPoint = (IPEndPoint)_datagrams.Client.LocalEndPoint!;
        _running = [OverUdpAsync(answers), OverTcpAsync(overTcp ?? (_ => null))];
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Called with each query and its sender before the answers are sent.</summary>
    public Action<byte[], IPEndPoint> Before { get; set; } = (_, _) => { };

    /// <summary>Ends when a query has come that was not waited for yet.</summary>
    public Task WasAsked() => _asked.WaitAsync();

    /// <inheritdoc cref="WasAsked"/>
    public Task WasAskedOverTcp() => _askedOverTcp.WaitAsync();

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _datagrams.Dispose();
        _listener.Dispose();
    }

    /// <summary>The same port for both protocols.</summary>
    private static (UdpClient, TcpListener) Bind()
    {
        while (true)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            try
            {
                return (new UdpClient((IPEndPoint)listener.LocalEndpoint), listener);
            }
            catch (SocketException)
            {
                listener.Dispose(); // another process has this port for UDP
            }
        }
    }

    private async Task OverUdpAsync(Func<byte[], IEnumerable<byte[]>> answers)
    {
        try
        {
            while (true)
            {
                var query = await _datagrams.ReceiveAsync(_stop.Token);
                Before(query.Buffer, query.RemoteEndPoint);
                foreach (var answer in answers(query.Buffer)) await _datagrams.SendAsync(answer, query.RemoteEndPoint, _stop.Token);
                _asked.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task OverTcpAsync(Func<byte[], byte[]?> answer)
    {
        List<Socket> open = [];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                open.Add(socket);
                var query = new byte[4096];
                var length = await socket.ReceiveAsync(query.AsMemory(), _stop.Token);
                if (answer(query[2..length]) is { } whole)
                {
                    await socket.SendAsync(whole, _stop.Token);
                    socket.Shutdown(SocketShutdown.Send);
                }

                _askedOverTcp.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }

        foreach (var socket in open) socket.Dispose();
    }
}
