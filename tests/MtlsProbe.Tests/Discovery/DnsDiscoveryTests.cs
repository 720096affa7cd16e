using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtlsProbe.Tests.Discovery;

/// <summary>Targets in DNS, from a name server that answers as a test wants; tests with a real one are end to end.</summary>
public sealed class DnsDiscoveryTests : DiscoveryRig
{
    private readonly UdpClient _server = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly ConcurrentQueue<DateTimeOffset> _asked = [];

    public DnsDiscoveryTests() => _running = RunAsync();

    /// <summary>The response after the header and the question: its code and its records.</summary>
    private (int Code, byte[][] Records) Answer { get; set; } = (0, []);

    private string Server => $"server: '{_server.Client.LocalEndPoint}'";

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _stop.CancelAsync();
        await _running;
        _server.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Records_of_a_service_are_targets_and_are_looked_up_again_when_they_expire_but_not_too_often()
    {
        Answer = (0, [Srv("b.test", 8444, 60), Srv("a.test", 8443, 20), Srv("", 0, 60)]);
        await StartAsync($"dns: {{ names: [_mtls._tcp.shop.test], refresh: 24h, {Server} }}");
        Assert.Equal(["of-file", "a.test:8443", "b.test:8444"], Shown);
        await Until(() => _asked.Count >= 3);
        Assert.All(Gaps(), gap => Assert.True(gap >= TimeSpan.FromSeconds(10))); // up to half of the 20 s can be cut by chance

        Answer = (0, [Srv("c.test", 8443, 0)]);
        await Until(() => Shown.SequenceEqual(["of-file", "c.test:8443"]));
        var count = _asked.Count;
        await Until(() => _asked.Count >= count + 3);
        Assert.All(Gaps().Skip(count), gap => Assert.True(gap >= TimeSpan.FromSeconds(2.5))); // although the TTL of the record is zero
    }

    [Fact]
    public async Task Addresses_have_the_port_of_the_source_and_the_name_that_was_looked_up()
    {
        Answer = (0, [Record(1, 30, [127, 0, 0, 2]), Record(1, 30, [127, 0, 0, 1]), Record(1, 30, [0, 0, 0, 0])]);
        await StartAsync($"dns: {{ names: [pool.shop.test.], type: A, port: 9443, {Server} }}");

        Assert.Equal(["of-file", "127.0.0.1:9443", "127.0.0.2:9443"], Shown);
        Assert.Equal("pool.shop.test", Rig.State("127.0.0.1:9443").Target.ServerName);
    }

    [Theory]
    [InlineData(3, "a.test: there is no such name")]
    [InlineData(2, "a.test: the name server answers ServerFailure")]
    [InlineData(5, "a.test: the name server answers Refused")]
    [InlineData(-1, "a.test: ")]
    public async Task A_name_that_is_gone_or_a_server_that_fails_keeps_the_targets(int code, string expected)
    {
        Answer = (0, [Srv("b.test", 8444, 5)]);
        await StartAsync($"dns: {{ names: [a.test], refresh: 10s, {Server} }}");

        Answer = code < 0 ? (0, [[0xc0]]) : (code, []); // a record that ends in its name
        await Until(() => Set.Fault is not null);
        Assert.StartsWith(expected, Set.Fault, StringComparison.Ordinal);
        Assert.Equal(["of-file", "b.test:8444"], Shown);

        Answer = (0, []);
        await Until(() => Set.Fault is null);
        Assert.Equal(["of-file"], Shown);
    }

    private IEnumerable<TimeSpan> Gaps() => _asked.Zip(_asked.Skip(1), (one, next) => next - one);

    private static byte[] Srv(string host, int port, int life) => Record(33, life, [0, 0, 0, 0, (byte)(port >> 8), (byte)port, .. Name(host)]);

    /// <summary>A record of the requested name.</summary>
    private static byte[] Record(int type, int life, byte[] data) => [0xc0, 12, 0, (byte)type, 0, 1, 0, 0, (byte)(life >> 8), (byte)life, (byte)(data.Length >> 8), (byte)data.Length, .. data];

    private static byte[] Name(string host) => [.. host.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private async Task StartAsync(string place)
    {
        Start(place);
        await Until(() => Fleet.Ready && Set is { IsKnown: true, Fault: null });
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var asked = await _server.ReceiveAsync(_stop.Token);
                var end = 12;
                while (asked.Buffer[end] != 0) end += asked.Buffer[end] + 1;
                byte[] answer = [.. asked.Buffer[..(end + 5)], .. Answer.Records.SelectMany(record => record)];
                BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), (ushort)(0x8180 | Answer.Code));
                BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)Answer.Records.Length);
                BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(8), 0);
                _asked.Enqueue(Time.GetUtcNow());
                await _server.SendAsync(answer, asked.RemoteEndPoint, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
