using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MtlsProbe.DnsQueries;

/// <summary>Queries name servers one after another until one answers: by UDP, and over TCP if the answer does not fit into a datagram. Thread-safe.</summary>
internal sealed class DnsLookup(TimeProvider time)
{
    /// <summary>Larger than what we announce to accept.</summary>
    private const int DatagramRoom = 4096;

    /// <summary>Datagrams that may arrive before the answer without being it: late answers, or forged ones (RFC 5452 §9.1).</summary>
    private const int MostIgnored = 100;

    /// <summary>Each server is queried twice: datagrams get lost.</summary>
    private const int Rounds = 2;

    /// <summary>For one query to one server.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <param name="name">Complete: no search domain is appended.</param>
    /// <returns>The answer: that there is such a name, or that there is none; otherwise why there is no answer, as a sentence without a full stop.</returns>
    public async Task<(DnsReply? Reply, string? Problem)> AskAsync(IReadOnlyList<IPEndPoint> servers, string name, DnsRecordType type, CancellationToken stop)
    {
        var problem = "there is no name server";
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var server in servers)
            {
                var (reply, fault) = await AskAsync(server, name, type, stop).ConfigureAwait(false);
                fault ??= reply switch
                {
                    { Defect: { } defect } => $"the answer of {server} {defect}",
                    { Code: DnsReply.NoError or DnsReply.NoSuchName } => null,
                    { Code: var code } => $"{server} answers {Words(code)}",
                    null => $"{server} does not answer",
                };
                if (fault is null) return (reply, null);
                problem = fault;
            }
        }

        return (null, problem);
    }

    private async Task<(DnsReply? Reply, string? Fault)> AskAsync(IPEndPoint server, string name, DnsRecordType type, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        var query = DnsMessage.Query((ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), name, type);
        try
        {
            var reply = await OverUdpAsync(server, query, end.Token).ConfigureAwait(false);
            return (reply is { IsTruncated: true } ? await OverTcpAsync(server, query, end.Token).ConfigureAwait(false) : reply, null);
        }
        catch (SocketException)
        {
            return (null, $"{server} cannot be reached");
        }
        catch (IOException)
        {
            return (null, $"{server} closed the connection before the end of its answer");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"{server} did not answer within {s_patience.TotalSeconds:0} s"));
        }
    }

    /// <summary>The answer; null if there were only other datagrams.</summary>
    private static async Task<DnsReply?> OverUdpAsync(IPEndPoint server, byte[] query, CancellationToken end)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, end).ConfigureAwait(false); // the kernel then drops what comes from other addresses
        await socket.SendAsync(query, end).ConfigureAwait(false);
        var room = new byte[DatagramRoom];
        for (var i = 0; i < MostIgnored; i++)
        {
            var length = await socket.ReceiveAsync(room, end).ConfigureAwait(false);
            if (DnsMessage.Read(room.AsSpan(0, length), query) is { } reply) return reply;
        }

        return null;
    }

    /// <exception cref="IOException">The connection ended too early.</exception>
    private static async Task<DnsReply?> OverTcpAsync(IPEndPoint server, byte[] query, CancellationToken end)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, end).ConfigureAwait(false);
        using var stream = new NetworkStream(socket, ownsSocket: false);
        await stream.WriteAsync((byte[])[(byte)(query.Length >> 8), (byte)query.Length, .. query], end).ConfigureAwait(false);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, end).ConfigureAwait(false);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message, end).ConfigureAwait(false);
        var reply = DnsMessage.Read(message, query);
        return reply is { IsTruncated: true } ? reply with { Defect = "is truncated on TCP too" } : reply;
    }

    private static string Words(int code) => code switch
    {
        1 => "FORMERR: it does not understand the query",
        2 => "SERVFAIL: it failed to find out",
        4 => "NOTIMP: it does not support the query",
        5 => "REFUSED: it does not answer us",
        _ => string.Create(CultureInfo.InvariantCulture, $"with error {code}"),
    };
}
