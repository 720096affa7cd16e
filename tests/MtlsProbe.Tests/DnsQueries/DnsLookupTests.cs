using System.Net;
using System.Net.Sockets;
using MtlsProbe.DnsQueries;
using static MtlsProbe.Tests.DnsQueries.DnsAnswers;

namespace MtlsProbe.Tests.DnsQueries;

/// <summary>Queries over the network, to servers that answer, refuse, lie, or are silent.</summary>
public sealed class DnsLookupTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly List<DnsPeer> _peers = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers) await peer.DisposeAsync();
    }

    [Fact]
    public async Task The_first_answer_to_the_query_counts_whatever_else_arrives_before()
    {
        var server = Peer(query => [[0], Forged(query), To(query, 0, [Address(1)])]);

        var (reply, problem) = await Ask(server);

        Assert.Null(problem);
        Assert.Equal([new DnsRecord(IPAddress.Loopback, "", 0)], reply!.Records);
    }

    [Fact]
    public async Task A_datagram_from_another_address_is_not_an_answer()
    {
        var stranger = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var server = Peer(query => [To(query, 0, [Address(1)])]);
        server.Before = (query, client) => stranger.Send(To(query, 0, [Address(9)]), client);

        var (reply, _) = await Ask(server);

        Assert.Equal([new DnsRecord(IPAddress.Loopback, "", 0)], reply!.Records);
        stranger.Dispose();
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_into_a_datagram_is_fetched_over_TCP()
    {
        var records = Enumerable.Range(0, 1500).Select(i => Srv(FormattableString.Invariant($"server-{i}.test"), 443)).ToList();
        var server = Peer(query => [To(query, 0x200, [])], query => OnTcp(To(query, 0, records)));

        var (reply, problem) = await Ask(server, DnsRecordType.Srv);

        Assert.Null(problem);
        Assert.Equal((1500, "server-1499.test"), (reply!.Records.Count, reply.Records[^1].Host));
    }

    [Theory]
    [InlineData("refused", "answers REFUSED: it does not answer us")]
    [InlineData("failed", "answers SERVFAIL: it failed to find out")]
    [InlineData("strange", "answers with error 9")]
    [InlineData("defect", "has a record that cannot be read")]
    [InlineData("half", "closed the connection before the end of its answer")]
    [InlineData("truncated", "is truncated on TCP too")]
    [InlineData("down", "cannot be reached")]
    [InlineData("flood", "does not answer")]
    public async Task A_server_that_fails_is_asked_twice_and_then_reported_and_the_next_server_decides(string fault, string expected)
    {
        var asked = 0;
        var server = fault switch
        {
            "refused" => Counting(query => To(query, 5, [])),
            "failed" => Counting(query => To(query, 2, [])),
            "strange" => Counting(query => To(query, 9, [])),
            "defect" => Counting(query => To(query, 0, [Record(Asked, 1, 60, [1])])),
            "half" => Counting(query => To(query, 0x200, []), query => OnTcp(To(query, 0, [Address(1)]))[..^4]),
            "truncated" => Counting(query => To(query, 0x200, []), query => OnTcp(To(query, 0x200, []))),
            "flood" => Peer(query => Enumerable.Repeat(Forged(query), 100)),
            _ => Counting(query => To(query, 0, [])),
        };
        if (fault == "down") await server.DisposeAsync();

        var (reply, problem) = await Ask(server);
        Assert.Null(reply);
        Assert.EndsWith(expected, problem, StringComparison.Ordinal);
        Assert.Contains(server.EndPoint.ToString(), problem, StringComparison.Ordinal);
        if (fault is not ("down" or "flood")) Assert.Equal(2, asked);

        var good = Peer(query => [To(query, 3, [])]);
        (reply, problem) = await new DnsLookup(_time).AskAsync([server.EndPoint, good.EndPoint], "a.test", DnsRecordType.A, CancellationToken.None);
        Assert.Equal((DnsReply.NoSuchName, null), (reply!.Code, problem));

        DnsPeer Counting(Func<byte[], byte[]> answer, Func<byte[], byte[]>? overTcp = null) => Peer(
            query =>
            {
                Interlocked.Increment(ref asked);
                return [answer(query)];
            },
            overTcp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // hangs on TCP
    public async Task A_silent_server_costs_three_seconds_for_each_of_two_queries(bool overTcp)
    {
        var server = overTcp ? Peer(query => [To(query, 0x200, [])], _ => null) : Peer(_ => []);
        var asking = Ask(server);

        for (var round = 0; round < 2; round++)
        {
            await server.WasAsked();
            if (overTcp) await server.WasAskedOverTcp();
            _time.Advance(TimeSpan.FromSeconds(3));
        }

        Assert.Equal((null, $"{server.EndPoint} did not answer within 3 s"), await asking);
        Assert.Equal(TimeSpan.FromSeconds(6), _time.GetElapsedTime(0));
    }

    private Task<(DnsReply? Reply, string? Problem)> Ask(DnsPeer server, DnsRecordType type = DnsRecordType.A) =>
        new DnsLookup(_time).AskAsync([server.EndPoint], "a.test", type, CancellationToken.None);

    private DnsPeer Peer(Func<byte[], IEnumerable<byte[]>> answers, Func<byte[], byte[]?>? overTcp = null)
    {
        var peer = new DnsPeer(answers, overTcp);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>An answer with another ID, as from an attacker who cannot see the query.</summary>
    private static byte[] Forged(byte[] query)
    {
        var forged = To(query, 0, [Address(9)]);
        forged[0]++;
        return forged;
    }
}
