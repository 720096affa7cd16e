using MtlsProbe.Revocation;

namespace MtlsProbe.Tests.Revocation;

/// <summary>Requests to a responder over HTTP.</summary>
public sealed class OcspResponderTests
{
    private readonly List<FetchRequest> _requests = [];
    private FetchAnswer _toGet = new() { Content = new byte[] { 1 } };

    [Fact]
    public async Task A_short_request_is_a_GET_that_caches_can_answer_and_a_long_one_a_POST()
    {
        await Ask("http://ocsp.test/", 60);
        await Ask($"http://{new string('a', 60)}.test/{new string('b', 120)}", 60);

        Assert.Null(_requests[0].Body);
        Assert.StartsWith("http://ocsp.test/AAAA", _requests[0].Url.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal((60, "application/ocsp-request"), (_requests[1].Body!.Value.Length, _requests[1].ContentType));
        Assert.All(_requests, request => Assert.Equal((64 * 1024, TimeSpan.FromSeconds(10)), (request.MostBytes, request.Timeout)));
    }

    [Fact]
    public async Task Characters_of_Base64_that_a_path_cannot_contain_are_escaped()
    {
        await Responder(null).AskAsync("http://ocsp.test", [0xfb, 0xff, 0xfe, 0xff], CancellationToken.None);

        Assert.Equal("http://ocsp.test/%2B%2F%2F%2B%2Fw%3D%3D", _requests[0].Url.OriginalString);
    }

    [Fact]
    public async Task A_responder_that_does_not_support_GET_is_sent_a_POST_and_one_without_an_answer_is_not()
    {
        _toGet = FetchAnswer.Failed("answers with status 405") with { Status = 405 };
        await Ask("http://ocsp.test/", 60);
        Assert.Equal([true, false], _requests.Select(request => request.Body is null));

        _requests.Clear();
        _toGet = FetchAnswer.Failed("cannot be fetched within 10s");
        await Ask("http://ocsp.test/", 60);
        Assert.Single(_requests);
    }

    [Fact]
    public async Task Only_the_responder_of_the_configuration_may_be_at_a_private_address()
    {
        await Responder("http://ocsp.internal:8080/a").AskAsync("http://ocsp.internal:8080/a", new byte[60], CancellationToken.None);
        var isConfigured = _requests[0].IsConfigured;

        Assert.True(isConfigured(_requests[0].Url));
        Assert.True(isConfigured(new Uri("http://ocsp.internal:8080/a")));
        Assert.All(
            (string[])["http://ocsp.internal:8080/", "http://ocsp.internal:8080/ab", "http://ocsp.internal:8080/a/b", "http://ocsp.internal/a", "http://169.254.169.254/"],
            other => Assert.False(isConfigured(new Uri(other))));
        await Ask("http://127.0.0.1/", 60);
        Assert.False(_requests[1].IsConfigured(_requests[1].Url));
    }

    [Theory]
    [InlineData("HTTP://OCSP.internal:80/a", "http://ocsp.internal/a")]
    [InlineData("http://ocsp.internal", "http://ocsp.internal/")]
    public async Task The_URL_of_the_configuration_is_the_same_however_it_is_written(string configured, string asked)
    {
        await Responder(configured).AskAsync(asked, new byte[60], CancellationToken.None);
        await Responder(configured).AskAsync(asked, new byte[300], CancellationToken.None);

        Assert.All(_requests, request => Assert.True(request.IsConfigured(request.Url)));
    }

    [Theory]
    [InlineData("ldap://ocsp.test/")]
    [InlineData("http://user:secret@ocsp.test/")]
    [InlineData("not a url")]
    public async Task A_place_without_HTTP_gets_no_request(string url)
    {
        Assert.NotNull((await Responder(null).AskAsync(url, new byte[60], CancellationToken.None)).Problem);
        Assert.Empty(_requests);
    }

    private Task<(ReadOnlyMemory<byte>? Answer, string? Problem)> Ask(string url, int length) => Responder(null).AskAsync(url, new byte[length], CancellationToken.None);

    private OcspResponder Responder(string? configured) => new(configured, null, () => [], (request, _) =>
    {
        _requests.Add(request);
        return Task.FromResult(request.Body is null ? _toGet : new FetchAnswer { Content = new byte[] { 2 } });
    });
}
