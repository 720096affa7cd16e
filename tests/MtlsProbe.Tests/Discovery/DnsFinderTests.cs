using System.Collections.Concurrent;
using System.Net;
using MtlsProbe.Discovery;
using MtlsProbe.DnsQueries;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Discovery;

/// <summary>Targets from DNS records, without a network; <c>DnsLookupTests</c> has the queries, and a real name server is tested end to end.</summary>
public sealed class DnsFinderTests
{
    private readonly ManualTime _time = new();
    private readonly ConcurrentQueue<(string Name, DateTimeOffset At)> _asked = [];
    private readonly List<TargetsFound> _found = [];

    /// <summary>The answer for a name.</summary>
    private Func<string, (DnsReply? Reply, string? Problem)> Answer { get; set; } = _ => (new DnsReply(0), null);

    [Fact]
    public async Task Services_are_targets_in_a_stable_order_and_are_queried_again_when_they_expire()
    {
        Answer = _ => Services(TimeSpan.FromSeconds(20), ("b.test", 8444), ("a.test", 8443), ("b.test", 443), ("", 0), ("a.test", 8443));
        var found = await FollowAsync(new DnsDiscovery(["_mtls._tcp.shop.test"]) { Refresh = TimeSpan.FromHours(24) }, looks: 20);

        Assert.Equal(["a.test:8443", "b.test:443", "b.test:8444"], Addresses(found[0]));
        Assert.All(Gaps(), gap => Assert.InRange(gap.TotalSeconds, 10, 20)); // shortened at random by up to half
    }

    [Fact]
    public async Task Records_that_expire_at_once_are_not_queried_all_the_time()
    {
        Answer = _ => Services(TimeSpan.Zero, ("a.test", 443));
        await FollowAsync(new DnsDiscovery(["a.test"]), looks: 20);

        Assert.All(Gaps(), gap => Assert.InRange(gap.TotalSeconds, 2.5, 5));
    }

    [Fact]
    public async Task Without_records_the_interval_is_that_of_the_configuration()
    {
        await FollowAsync(new DnsDiscovery(["a.test"]) { Refresh = TimeSpan.FromSeconds(60) }, looks: 10);

        Assert.All(Gaps(), gap => Assert.InRange(gap.TotalSeconds, 30, 60));
    }

    [Fact]
    public async Task Addresses_have_the_port_of_the_source_and_the_name_that_was_looked_up()
    {
        Answer = _ => (new DnsReply(0) { Records = [.. ((string[])["127.0.0.2", "::1", "127.0.0.1", "0.0.0.0", "::"]).Select(address => new DnsRecord(IPAddress.Parse(address), "", 0))] }, null);
        var found = await FollowAsync(new DnsDiscovery(["pool.shop.test."]) { Type = DnsRecordType.A, Port = 9443 }, looks: 1);

        Assert.Equal(["127.0.0.1:9443", "127.0.0.2:9443", "[::1]:9443"], Addresses(found[0]));
        Assert.Equal([new Label("__mtlsprobe_server_name", "pool.shop.test")], found[0].Targets!.Value[0].Labels);
    }

    [Fact]
    public async Task A_name_that_cannot_be_looked_up_keeps_its_targets_and_one_without_records_has_none()
    {
        var look = 0;
        Answer = name => (name, look) switch
        {
            (_, 0) or ("b.test", 1) => Services(null, (name, 443)),
            ("a.test", 1) => (null, "10.0.0.53:53 answers REFUSED: it does not answer us"),
            ("a.test", 2) => (new DnsReply(DnsReply.NoSuchName), null),
            (_, 2) => (null, "10.0.0.53:53 cannot be reached"),
            _ => (new DnsReply(0), null),
        };
        var found = await FollowAsync(new DnsDiscovery(["a.test", "b.test"]), looks: 4, after: () => look++);

        Assert.Equal([null, "a.test: 10.0.0.53:53 answers REFUSED: it does not answer us", "a.test: there is no such name (and 1 more)", null], found.Select(one => one.Fault));
        Assert.All(found.Take(3), one => Assert.Equal(["a.test:443", "b.test:443"], Addresses(one)));
        Assert.Empty(Addresses(found[3]));
    }

    [Fact]
    public async Task All_names_together_have_half_a_minute()
    {
        var finder = new DnsFinder(
            new DnsDiscovery([.. Enumerable.Range(0, 100).Select(i => FormattableString.Invariant($"n{i}.test"))]),
            async (_, _, _, stop) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
                return (null, "");
            },
            new FinderFaults(new Loop("discovery", _time), _ => { }));
        var look = finder.LookAsync(CancellationToken.None);
        await _time.TimersArmed();
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(TargetsFound.Failed("n0.test: there was no time for it within 30 s (and 99 more)"), await look);
    }

    private static (DnsReply? Reply, string? Problem) Services(TimeSpan? life, params IEnumerable<(string Host, int Port)> services) =>
        (new DnsReply(0) { TimeToLive = life, Records = services.Select(one => new DnsRecord(null, one.Host, one.Port)).ToValueList() }, null);

    private static IEnumerable<string> Addresses(TargetsFound found) => found.Targets!.Value.Select(target => target.Address);

    private IEnumerable<TimeSpan> Gaps() => _asked.Zip(_asked.Skip(1), (one, next) => next.At - one.At);

    /// <summary>Follows the source for as many looks, from one to the next.</summary>
    private async Task<IReadOnlyList<TargetsFound>> FollowAsync(DnsDiscovery place, int looks, Action? after = null)
    {
        using var stop = new CancellationTokenSource();
        using var reported = new SemaphoreSlim(0);
        using var finder = new DnsFinder(
            place with { Server = HostPort.TryParse("10.0.0.53:53") },
            (servers, name, type, _) =>
            {
                Assert.Equal((IPEndPoint.Parse("10.0.0.53:53"), place.Type), (Assert.Single(servers), type));
                _asked.Enqueue((name, _time.GetUtcNow()));
                return Task.FromResult(Answer(name));
            },
            new FinderFaults(new Loop("discovery", _time), fault => Assert.Fail(fault.ToString())));
        var running = finder.RunAsync(
            found =>
            {
                _found.Add(found);
                after?.Invoke();
                reported.Release();
            },
            stop.Token);
        for (var look = 0; look < looks; look++)
        {
            await reported.WaitAsync();
            await _time.TimersArmed(); // the wait for the next look
            _time.Advance(_time.UntilNextTimer!.Value);
        }

        await stop.CancelAsync();
        await running;
        return _found;
    }
}
