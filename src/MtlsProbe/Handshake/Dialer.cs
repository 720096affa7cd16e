using System.Net;
using System.Net.Sockets;
using MtlsProbe.Model;
using MtlsProbe.Readiness;

namespace MtlsProbe.Handshake;

/// <summary>
/// Connects to the first address that answers (RFC 8305): the next one is tried when the previous one has failed, or has not answered within the
/// attempt delay. A black-holed address therefore costs little time.
/// </summary>
internal sealed class Dialer(TimeProvider time)
{
    /// <summary>RFC 8305 §5: the recommended connection attempt delay.</summary>
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Maximum number of addresses that are tried; a name can have any number of records.</summary>
    private const int MaxAddresses = 16;

    /// <summary>
    /// ip(7), <c>IP_BIND_ADDRESS_NO_PORT</c>: the port is selected when connecting, so many connections to different servers can share one.
    /// </summary>
    private const int BindAddressNoPort = 24;

    private const int LevelIp = 0;

    /// <param name="deadline">Ends the wait; it is notified of waits.</param>
    /// <param name="source">The local address; null: the system chooses. Addresses of other families are not tried.</param>
    /// <returns>A connected socket, or how the connection failed.</returns>
    /// <exception cref="OperationCanceledException">The deadline passed, or the probe's caller stopped.</exception>
    public async Task<(ReadySocket? Socket, FinalEvent? Failure)> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, Deadline deadline, IPAddress? source = null)
    {
        if (source is not null && addresses.Count > 0)
        {
            var all = addresses;
            addresses = [.. all.Where(address => address.AddressFamily == source.AddressFamily)];
            if (addresses.Count == 0) return (null, Unusable(source, $"is of another family than {string.Join(", ", all.Take(MaxAddresses))}"));
        }

        var cancellation = deadline.Token;
        var connecting = new List<Socket>(1);
        deadline.Wait(() => AnyHasAnswer(connecting));
        if (addresses.Count == 1)
        {
            var only = await AttemptAsync(new IPEndPoint(addresses[0], port), source, connecting, cancellation).ConfigureAwait(false);
            if (only.Socket is null) cancellation.ThrowIfCancellationRequested();
            return only.Socket is null ? (null, Failure([only], source)) : (only.Socket, null);
        }

        using var attempts = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new List<Task<Attempt>>();
        var failures = new List<Attempt>();
        var next = 0;
        var last = Math.Min(addresses.Count, MaxAddresses);
        try
        {
            while (true)
            {
                if (next < last) running.Add(AttemptAsync(new IPEndPoint(addresses[next++], port), source, connecting, attempts.Token));
                else if (running.Count == 0) return (null, Failure([.. failures.OrderBy(failed => addresses.ToList().IndexOf(failed.EndPoint.Address))], source));

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

    /// <summary>The attempt that ended first; null if the attempt delay passed before that, and another address may be tried.</summary>
    private async Task<Task<Attempt>?> FirstAsync(List<Task<Attempt>> running, bool wait, CancellationToken cancellation)
    {
        if (!wait) return await Task.WhenAny(running).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var delay = Task.Delay(AttemptDelay, time, stop.Token);
        var first = await Task.WhenAny([.. running, delay]).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        return first as Task<Attempt>;
    }

    private static async Task<Attempt> AttemptAsync(IPEndPoint endPoint, IPAddress? source, List<Socket> connecting, CancellationToken cancellation)
    {
        ReadySocket? socket = null;
        try
        {
            socket = new ReadySocket(endPoint.AddressFamily);
            if (source is not null && Bind(socket.Socket, source) is { } unbound)
            {
                socket.Dispose();
                return unbound with { EndPoint = endPoint };
            }

            var connection = socket.ConnectAsync(endPoint, cancellation);
            lock (connecting) connecting.Add(socket.Socket); // before the call it would count as writable
            var error = await connection.ConfigureAwait(false);
            if (error != SocketError.Success) socket.Dispose();
            return new Attempt(endPoint, error == SocketError.Success ? socket : null, error);
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

    /// <summary>Null: the socket is bound to the address.</summary>
    private static Attempt? Bind(Socket socket, IPAddress source)
    {
        try
        {
            if (source.AddressFamily == AddressFamily.InterNetwork) socket.SetRawSocketOption(LevelIp, BindAddressNoPort, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(source, 0));
            return null;
        }
        catch (SocketException e)
        {
            return new Attempt(new IPEndPoint(source, 0), null, e.SocketErrorCode) { IsUnbound = true };
        }
    }

    /// <summary>Whether the kernel knows the result of a connection, even if this process has not seen it yet.</summary>
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
            return false; // already reported
        }
    }

    private static async Task DisposeLateAsync(Task<Attempt> attempt)
    {
        await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (attempt.IsCompletedSuccessfully) (await attempt.ConfigureAwait(false)).Socket?.Dispose();
    }

    private static FinalEvent Unusable(IPAddress source, string why) => new(Phase.Connect, FinalEventKind.SourceUnusable, $"source_address {source} {why}");

    private static FinalEvent Failure(List<Attempt> failures, IPAddress? source)
    {
        if (source is not null && failures.Find(attempt => attempt.IsUnbound || attempt.Error == SocketError.InvalidArgument) is { } unbound)
        {
            return Unusable(source, unbound switch
            {
                { IsUnbound: true, Error: SocketError.AddressNotAvailable } => "is not an address of this machine",
                { IsUnbound: true } => $"cannot be used: {Words(unbound.Error)}",
                _ => $"does not lead to {unbound.EndPoint}: a loopback address reaches only this machine",
            });
        }

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
        SocketError.AddressFamilyNotSupported => "this machine does not support this address family",
        SocketError.TooManyOpenSockets => "this process has too many open files",
        _ => error.ToString(),
    };

    private sealed record Attempt(IPEndPoint EndPoint, ReadySocket? Socket, SocketError Error)
    {
        /// <summary>The connection cannot be opened from its source address.</summary>
        public bool IsUnbound { get; init; }
    }
}
