using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MtlsProbe.Probing;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

/// <summary>What clients can do to the web server, and what not.</summary>
public sealed class StrangerTests
{
    private const string NoTargets = "targets: []";

    [Fact]
    public async Task Silent_connections_however_many_exclude_nobody()
    {
        await using var served = await ServedFleet.StartAsync(NoTargets);
        var endPoint = new IPEndPoint(IPAddress.Loopback, new Uri(served.Addresses[0]).Port);
        List<Socket> silent = [];
        for (var i = 0; i < DescriptorShares.MostConnections + 50; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            silent.Add(socket);
            await socket.ConnectAsync(endPoint);
        }

        Assert.Equal(200, (await served.GetAsync("/-/healthy")).Status);
        Assert.Equal(200, (await served.GetAsync("/metrics")).Status);
        Assert.True(served.OwnMetrics.HttpConnectionsEvicted.Value > 0);
        foreach (var socket in silent) socket.Dispose();
    }

    [Theory]
    [InlineData(null, null, 200)] // curl, and reloaders
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 403)] // a page whose name was made to resolve to this server has our origin, and no page of ours makes this request
    [InlineData("Sec-Fetch-Site", "none", 200)]
    public async Task A_page_cannot_reload(string? header, string? value, int status)
    {
        await using var served = await ServedFleet.StartAsync("targets: [{ name: a, address: 'a.test:443' }]");

        Assert.Equal(status, (await served.PostAsync("/-/reload", header is null ? [] : [(header, value!)])).Status);
    }

    [Fact]
    public async Task A_page_of_our_own_origin_cannot_either()
    {
        await using var served = await ServedFleet.StartAsync("targets: [{ name: a, address: 'a.test:443' }]");

        Assert.Equal(403, (await served.PostAsync("/-/reload", ("Origin", served.Addresses[0]))).Status);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/metrics")]
    [InlineData("/-/healthy")]
    [InlineData("/nothing")]
    [InlineData("/api/v1/summary")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/probe")]
    public async Task No_answer_is_interpreted_as_another_type_or_embedded_elsewhere(string path)
    {
        await using var served = await ServedFleet.StartAsync(NoTargets);
        var answer = await served.GetAsync(path);

        Assert.Equal(("nosniff", "same-origin"), (answer.Headers["X-Content-Type-Options"], answer.Headers["Cross-Origin-Resource-Policy"]));
    }

    [Fact]
    public void Faults_of_strangers_are_counted_and_reported_once_a_minute()
    {
        var (inner, time, metrics) = (new RecordingLogger(), new ManualTime(), new ProberMetrics());
        using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new RecordingLoggerProvider(inner)));
        using var log = new StrangerLog(factory, metrics, time);
        var tls = log.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Https.Internal.HttpsConnectionMiddleware");
        var other = log.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");

        var broken = new IOException();
        for (var i = 0; i < 10_000; i++)
        {
            tls.Log(LogLevel.Debug, new EventId(1, "AuthenticationFailed"), "failed", broken, (state, _) => state);
            other.Log(LogLevel.Warning, new EventId(2, "HeartbeatSlow"), "slow", null, (state, _) => state);
        }

        Assert.Equal(2, inner.Take().Count);
        time.Advance(TimeSpan.FromMinutes(1));
        tls.Log(LogLevel.Debug, new EventId(1, "AuthenticationFailed"), "failed", broken, (state, _) => state);
        Assert.Contains("10000 in TLS", Assert.Single(inner.Take()).Text, StringComparison.Ordinal);
        Assert.Equal(10_001, metrics.HttpConnectionErrors.WithLabels("tls").Value);
    }

    [Fact]
    public async Task A_client_with_a_thousand_requests_delays_another_by_one_turn()
    {
        using var turns = new FairTurns();
        var first = await turns.TakeAsync("stranger", default);
        List<Task<IDisposable>> crowd = [.. Enumerable.Range(0, 1000).Select(_ => turns.TakeAsync("stranger", default))];
        var scraper = turns.TakeAsync("scraper", default);

        first.Dispose();
        using var his = await scraper.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(crowd.Count(task => task.IsCompleted) <= 1);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)] // one machine can have all of them
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void A_client_is_an_address_or_a_network_of_IPv6(string one, string other, bool isSame) =>
        Assert.Equal(isSame, Remote.Key(IPAddress.Parse(one)) == Remote.Key(IPAddress.Parse(other)));
}
