using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Hostile;
using MtlsProbe.Revocation;

namespace MtlsProbe.Tests.Revocation;

/// <summary>What a hostile place can do to a fetch: nothing beyond its limits.</summary>
public sealed class FetchTests : IDisposable
{
    private static readonly byte[] s_content = [1, 2, 3];

    private readonly ListServer _server = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Content_is_fetched_with_its_version_which_the_next_request_sends()
    {
        _server.Answer = _ => ListServer.Ok(s_content, "ETag: \"7\"\r\nLast-Modified: Fri, 20 Nov 2026 17:00:00 GMT\r\n");
        var first = await FetchAsync("/a");
        _server.Answer = _ => ListServer.Status("304 Not Modified");
        var second = await FetchAsync("/a", request => request with { EntityTag = first.EntityTag });
        var third = await FetchAsync("/a", request => request with { LastModified = first.LastModified });

        Assert.Equal(s_content, first.Content!.Value.ToArray());
        Assert.Equal(("\"7\"", null), (first.EntityTag, first.Problem));
        Assert.True(second.IsUnchanged && third.IsUnchanged);
        Assert.Equal("answers with status 304", (await FetchAsync("/a")).Problem); // the request did not ask whether it is new
        Assert.Contains("If-None-Match: \"7\"", _server.Requests.ElementAt(1), StringComparison.Ordinal);
        Assert.Contains("If-Modified-Since: Fri, 20 Nov 2026 17:00:00 GMT", _server.Requests.ElementAt(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 10000000000\r\n")]
    [InlineData("")]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    public async Task An_endless_answer_is_cut_at_the_bound(string headers)
    {
        var sent = 0L;
        _server.Answer = _ => async (stream, stop) =>
        {
            await stream.WriteAsync(ListServer.Head("200 OK", headers), stop);
            var chunk = headers.StartsWith('T') ? (byte[])[.. "10000\r\n"u8, .. new byte[0x10000], .. "\r\n"u8] : new byte[0x10000];
            for (; sent < 64L << 20; sent += 0x10000) await stream.WriteAsync(chunk, stop);
        };

        Assert.Equal("sends more than 256 KiB", (await FetchAsync("/a")).Problem);
        Assert.True(sent < 32L << 20, $"{sent} bytes were read");
    }

    [Fact]
    public async Task An_answer_of_the_maximum_size_is_read()
    {
        _server.Answer = path => ListServer.Ok(new byte[path == "/a" ? 256 * 1024 : (256 * 1024) + 1]);

        Assert.Equal(256 * 1024, (await FetchAsync("/a")).Content!.Value.Length);
        Assert.Equal("sends more than 256 KiB", (await FetchAsync("/b")).Problem);
    }

    [Fact]
    public async Task A_place_that_falls_silent_is_given_up_after_the_patience()
    {
        var begun = new TaskCompletionSource();
        _server.Answer = _ => async (stream, stop) =>
        {
            await stream.WriteAsync(ListServer.Head("200 OK", "Content-Length: 10\r\n"), stop);
            await stream.WriteAsync(new byte[] { 1 }, stop);
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
        };
        var fetching = FetchAsync("/a", request => request with { Timeout = TimeSpan.FromDays(1) });
        await begun.Task;
        await AdvanceUntilAsync(fetching, TimeSpan.FromSeconds(5));

        Assert.Equal("sends nothing for 15s", (await fetching).Problem);
    }

    [Fact]
    public async Task A_place_that_sends_slowly_is_given_up_after_the_whole_time()
    {
        var trickled = new SemaphoreSlim(0);
        _server.Answer = _ => async (stream, stop) =>
        {
            await stream.WriteAsync(ListServer.Head("200 OK", "Content-Length: 1000\r\n"), stop);
            while (true)
            {
                await stream.WriteAsync(new byte[] { 1 }, stop);
                trickled.Release();
                await Task.Delay(1, stop);
            }
        };
        var fetching = FetchAsync("/a", request => request with { Patience = TimeSpan.FromHours(1) }); // there is always something
        await trickled.WaitAsync();
        await AdvanceUntilAsync(fetching, TimeSpan.FromSeconds(10));

        Assert.StartsWith("cannot be fetched within 1m", (await fetching).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_are_followed_but_not_without_end()
    {
        _server.Answer = path => path switch
        {
            "/a" => ListServer.Status("302 Found", "Location: /b\r\n"),
            "/b" => ListServer.Ok(s_content),
            _ => ListServer.Status("301 Moved Permanently", "Location: /loop\r\n"),
        };

        Assert.Equal(s_content, (await FetchAsync("/a")).Content!.Value.ToArray());
        Assert.Equal("redirects more than 5 times", (await FetchAsync("/loop")).Problem);
        Assert.Equal(2 + 6, _server.Requests.Count);
    }

    [Theory]
    [InlineData("https://crl.test/ca.crl", "redirects from http to https, another scheme")]
    [InlineData("file:///etc/passwd", "redirects from http to file, another scheme")]
    public async Task A_redirect_leads_to_no_other_scheme(string location, string problem)
    {
        _server.Answer = _ => ListServer.Status("302 Found", $"Location: {location}\r\n");

        Assert.Equal(problem, (await FetchAsync("/a")).Problem);
    }

    [Fact]
    public async Task Only_a_URL_of_the_configuration_leads_to_a_private_address()
    {
        _server.Answer = path => path == "/a" ? ListServer.Status("302 Found", $"Location: {_server.Url("/secret")}\r\n") : ListServer.Ok(s_content);
        var redirected = await FetchAsync("/a", request => request with { IsConfigured = url => url.AbsolutePath == "/a" });
        var named = await FetchAsync("/b", request => request with { IsConfigured = _ => false, });
        var byName = await new Fetch(TimeProvider.System, new Resolver(TimeProvider.System).ResolveAsync, _ => new LoadedSecret(null, null)).RunAsync(
            Request(new Uri($"http://localhost:{_server.Url("/").Port}/c")) with { IsConfigured = _ => false }, CancellationToken.None);

        Assert.All([redirected, named, byName], answer => Assert.Contains("a private address, which is contacted only", answer.Problem, StringComparison.Ordinal));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_proxy_gets_the_request_and_we_do_not_connect_to_a_private_address_ourselves()
    {
        _server.Answer = path => path.StartsWith("http://crl.test/", StringComparison.Ordinal) ? ListServer.Ok(s_content) : null;
        var proxy = new ProxyServer(ProxyKind.Http, HostPort.TryParse($"127.0.0.1:{_server.Url("/").Port}")!);
        var fetch = new Fetch(_time, new Resolver(_time).ResolveAsync, _ => new LoadedSecret(null, null));

        Assert.Equal(s_content, (await fetch.RunAsync(Request(new Uri("http://crl.test/ca.crl")) with { Proxy = proxy }, CancellationToken.None)).Content!.Value.ToArray());
        var own = await fetch.RunAsync(Request(new Uri("http://10.0.0.1/ca.crl")) with { Proxy = proxy, IsConfigured = _ => false }, CancellationToken.None);
        Assert.Contains("leads to 10.0.0.1, a private address", own.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_must_be_for_the_connected_host_even_after_a_redirect()
    {
        var root = TestPki.Root("Root");
        using var server = new ListServer(root.Leaf("localhost").X509);
        var other = server.Url("/b");
        server.Answer = path => path == "/a" ? ListServer.Status("302 Found", $"Location: {other}\r\n") : ListServer.Ok(s_content);
        var fetch = new Fetch(TimeProvider.System, new Resolver(TimeProvider.System).ResolveAsync, _ => new LoadedSecret(null, null));
        var byName = Request(new Uri($"https://localhost:{other.Port}/c")) with { Anchors = [root.Certificate] };

        Assert.Equal(s_content, (await fetch.RunAsync(byName, CancellationToken.None)).Content!.Value.ToArray());
        Assert.StartsWith("cannot be fetched: ", (await fetch.RunAsync(byName with { Url = new Uri(byName.Url, "/a") }, CancellationToken.None)).Problem, StringComparison.Ordinal);
        Assert.Equal(["/c", "/a"], server.Requests.Select(head => head.Split(' ')[1]));
    }

    [Theory]
    [InlineData("404 Not Found", "answers with status 404")]
    [InlineData("206 Partial Content", "answers with status 206")]
    public async Task Another_status_is_reported(string status, string problem)
    {
        _server.Answer = _ => ListServer.Status(status);

        Assert.Equal(problem, (await FetchAsync("/a")).Problem);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_HTTP_or_does_not_exist_is_reported_without_an_exception()
    {
        _server.Answer = _ => (stream, stop) => stream.WriteAsync("220 mail.test ESMTP \u001b[31m\r\n"u8.ToArray(), stop).AsTask();
        var other = await FetchAsync("/a");
        var url = _server.Url("/a");
        _server.Dispose();
        var gone = await new Fetch(_time, new Resolver(_time).ResolveAsync, _ => new LoadedSecret(null, null)).RunAsync(Request(url), CancellationToken.None);

        Assert.All([other, gone], answer => Assert.StartsWith("cannot be fetched: ", answer.Problem, StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', other.Problem!);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("::", true)]
    [InlineData("fe80::1%1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("64:ff9b::a00:1", true)]
    [InlineData("2002:a00:1::", true)]
    [InlineData("2002:808:808::", false)]
    [InlineData("2606:4700::1", false)]
    [InlineData("::10.0.0.1", true)]
    [InlineData("::8.8.8.8", true)]
    [InlineData("::ffff:0:10.0.0.1", true)]
    [InlineData("64:ff9b:1::a00:1", true)]
    [InlineData("64:ff9b::808:808", false)]
    [InlineData("168.63.129.16", true)]
    [InlineData("168.63.129.17", false)]
    [InlineData("192.88.99.1", true)]
    [InlineData("192.0.2.1", true)]
    [InlineData("198.51.100.1", true)]
    [InlineData("203.0.113.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("3fff::1", true)]
    [InlineData("100::1", true)]
    [InlineData("2001:4860::1", false)]
    public void Addresses_outside_the_public_internet_are_known(string address, bool isPrivate) => Assert.Equal(isPrivate, PrivateAddress.Is(IPAddress.Parse(address)));

    [Fact]
    public void An_address_of_this_machine_is_forbidden_whatever_its_network_is()
    {
        IPAddress[] own = [IPAddress.Parse("8.8.8.8"), IPAddress.Parse("2606:4700::1")];

        Assert.True(PrivateAddress.IsOwn(IPAddress.Parse("::ffff:8.8.8.8"), own));
        Assert.True(PrivateAddress.IsOwn(IPAddress.Parse("2606:4700::1"), own));
        Assert.False(PrivateAddress.IsOwn(IPAddress.Parse("8.8.4.4"), own));
        Assert.True(PrivateAddress.IsForbidden(IPAddress.Loopback));
    }

    private Task<FetchAnswer> FetchAsync(string path, Func<FetchRequest, FetchRequest>? change = null) =>
        new Fetch(_time, new Resolver(_time).ResolveAsync, _ => new LoadedSecret(null, null)).RunAsync((change ?? (request => request))(Request(_server.Url(path))), CancellationToken.None);

    private static FetchRequest Request(Uri url) => new(url) { IsConfigured = _ => true, MostBytes = 256 * 1024, Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>The clock moves until the fetch has ended; the data that it waits for are real.</summary>
    private async Task AdvanceUntilAsync(Task fetching, TimeSpan step)
    {
        while (!fetching.IsCompleted)
        {
            _time.Advance(step);
            await Task.Yield();
        }
    }
}
