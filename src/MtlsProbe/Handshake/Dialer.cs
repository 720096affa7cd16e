using System.Net;
using System.Net.Sockets;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// Connects to the first address that answers (RFC 8305): the next one is tried when the one before has failed, or has been silent
/// for the attempt delay, so that one black-holed address costs a moment and not the deadline.
/// </summary>
internal sealed class Dialer(TimeProvider time)
{
    /// <summary>RFC 8305 §5: the recommended connection attempt delay.</summary>
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>A name may have any number of records; more than these are not tried.</summary>
    private const int MaxAddresses = 16;

    /// <param name="deadline">Ends the wait; is told what we wait for.</param>
    /// <returns>A connected socket, or how it failed.</returns>
    /// <exception cref="OperationCanceledException">The deadline passed, or the probe's caller stopped.</exception>
    public async Task<(Socket? Socket, FinalEvent? Failure)> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, Deadline deadline)
    {
        var cancellation = deadline.Token;
        var connecting = new List<Socket>(1);
        deadline.Wait(() => AnyHasAnswer(connecting));
        using var attempts = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task<Attempt>>();
        var failures = new List<Attempt>();
        var next = 0;
        var last = Math.Min(addresses.Count, MaxAddresses);
        try
        {
            while (true)
            {
                if (next < last) running.Add(AttemptAsync(new IPEndPoint(addresses[next++], port), connecting, attempts.Token));
                else if (running.Count == 0) return (null, Failure(failures));

                var ended = await FirstAsync(running, wait: next < last, cancellation).ConfigureAwait(false);
                if (ended is null) continue;
                running.Remove(ended);
                var attempt = await ended.ConfigureAwait(false);
                if (attempt.Socket is { } socket) return (socket, null);
                cancellation.ThrowIfCancellationRequested();
                failures.Add(attempt);
            }
        }
        finally
        {
            await attempts.CancelAsync().ConfigureAwait(false);
            foreach (var attempt in running) _ = DisposeLateAsync(attempt);
        }
    }

    /// <summary>The attempt that ended first; null when the attempt delay passed before, and another address may be tried.</summary>
    private async Task<Task<Attempt>?> FirstAsync(List<Task<Attempt>> running, bool wait, CancellationToken cancellation)
    {
        if (!wait) return running.Count == 1 ? await Ended(running[0]).ConfigureAwait(false) : await Task.WhenAny(running).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var delay = Task.Delay(AttemptDelay, time, stop.Token);
        var first = await Task.WhenAny([.. running, delay]).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        return first as Task<Attempt>;

        static async Task<Task<Attempt>> Ended(Task<Attempt> attempt)
        {
            await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return attempt;
        }
    }

    private static async Task<Attempt> AttemptAsync(IPEndPoint endPoint, List<Socket> connecting, CancellationToken cancellation)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            var connection = socket.ConnectAsync(endPoint, cancellation);
            lock (connecting) connecting.Add(socket); // before the call it would count as writable
            await connection.ConfigureAwait(false);
            return new Attempt(endPoint, socket, SocketError.Success);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            return new Attempt(endPoint, null, e.SocketErrorCode);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>Whether the kernel knows how a connection went, though this process may not have been told yet.</summary>
    private static bool AnyHasAnswer(List<Socket> connecting)
    {
        lock (connecting) return connecting.Exists(HasAnswer);
    }

    private static bool HasAnswer(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectWrite);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false; // told already
        }
    }

    private static async Task DisposeLateAsync(Task<Attempt> attempt)
    {
        await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (attempt.IsCompletedSuccessfully) (await attempt.ConfigureAwait(false)).Socket?.Dispose();
    }

    private static FinalEvent Failure(List<Attempt> failures)
    {
        if (failures.Count == 0) return new FinalEvent(Phase.Dns, FinalEventKind.NameNotFound, "the name has no address");
        var detail = string.Join("; ", failures.Select(attempt => $"{attempt.EndPoint}: {Words(attempt.Error)}"));
        return new FinalEvent(Phase.Connect, FinalEventKind.ConnectFailed, detail)
        {
            SocketError = failures[0].Error,
            IsScarcity = failures.Exists(attempt => Scarcity.Is(attempt.Error)), // the address that was not tried might have answered
        };
    }

    private static string Words(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.TimedOut => "timed out",
        SocketError.HostUnreachable => "no route to host",
        SocketError.NetworkUnreachable => "network unreachable",
        SocketError.ConnectionReset => "connection reset",
        SocketError.AccessDenied => "forbidden by this machine (permission denied)",
        SocketError.AddressNotAvailable => "no local address or port is free",
        SocketError.AddressFamilyNotSupported => "this machine does not speak this kind of address",
        SocketError.TooManyOpenSockets => "this process has too many open files",
        _ => error.ToString(),
    };

    private sealed record Attempt(IPEndPoint EndPoint, Socket? Socket, SocketError Error);
}
