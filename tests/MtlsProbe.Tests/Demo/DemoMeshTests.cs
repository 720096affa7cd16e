using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Google.Protobuf;
using MtlsProbe.Certificates;
using MtlsProbe.Config;
using MtlsProbe.Demo;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials.Spiffe;
using MtlsProbe.Tests.Spiffe;

namespace MtlsProbe.Tests.Demo;

/// <summary>
/// The mesh of the demo: its Workload API, called by the program and by HttpClient with Google's Protocol Buffers; its SVIDs; its servers.
/// </summary>
public sealed class DemoMeshTests
{
    private const string Client = "spiffe://demo.test/checkout";

    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_program_gets_an_SVID_of_two_minutes_and_another_after_half_of_them()
    {
        var time = new ManualTime(TestPki.Now);
        await using var stage = await DemoStage.OpenAsync(time);
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(stage.Files.WorkloadApi) { Id = Client }, new SpiffeBundle(stage.Files.WorkloadApi, "demo.test"));
        var (first, anchor) = (rig.Current.Credential!.Leaf, Assert.Single(rig.Trust.Bundle!.Anchors));

        time.Advance((s_life / 2) - TimeSpan.FromSeconds(1));
        Assert.Same(first, rig.Current.Credential.Leaf);
        time.Advance(TimeSpan.FromSeconds(1));
        await rig.Until(() => rig.Current.Credential!.Leaf != first);
        var second = rig.Current.Credential!.Leaf;

        Assert.Equal((TestPki.Now, TestPki.Now + s_life), (first.NotBefore, first.NotAfter));
        Assert.Equal((TestPki.Now + (s_life / 2), TestPki.Now + (s_life * 3 / 2)), (second.NotBefore, second.NotAfter));
        Assert.Equal([Client], second.Uris);
        Assert.Equal(["spiffe://demo.test"], anchor.Uris);
        Assert.Equal([anchor], rig.Trust.Bundle!.Anchors);
        Assert.Equal((null, null), (rig.Current.Fault, rig.Trust.Fault));
    }

    [Fact]
    public async Task Half_way_through_its_life_no_SVID_counts_as_expiring()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(stage.Files.WorkloadApi));
        var leaf = rig.Current.Credential!.Leaf;

        Assert.Null(ExpiryRule.Of(leaf, leaf.NotBefore + (s_life / 2) + DemoFiles.Interval)); // renewed, and seen by the next probe at the latest
        Assert.Equal(ExpiryLevel.Warning, ExpiryRule.Of(leaf, leaf.NotBefore + (s_life * 4 / 5))); // and one that was not renewed does
    }

    [Fact]
    public async Task Its_messages_are_readable_by_others_and_continue_with_each_renewal()
    {
        var time = new ManualTime(TestPki.Now);
        await using var stage = await DemoStage.OpenAsync(time);
        using var svids = await Call.StartAsync(stage, "FetchX509SVID");
        using var bundles = await Call.StartAsync(stage, "FetchX509Bundles");

        var first = Assert.Single((await svids.NextAsync(X509SVIDResponse.Parser)).Svids);
        var bundle = Assert.Single((await bundles.NextAsync(X509BundlesResponse.Parser)).Bundles);
        time.Advance(s_life / 2);
        var second = Assert.Single((await svids.NextAsync(X509SVIDResponse.Parser)).Svids);
        await bundles.NextAsync(X509BundlesResponse.Parser);

        Assert.Equal((Client, "spiffe://demo.test", first.Bundle), (first.SpiffeId, bundle.Key, bundle.Value));
        Assert.Equal((Client, first.Bundle), (second.SpiffeId, second.Bundle));
        Assert.NotEqual(first.X509Svid, second.X509Svid);
        Assert.NotEqual(first.X509SvidKey, second.X509SvidKey);
    }

    [Theory]
    [InlineData("FetchX509SVID", null, "3", "security header missing from request")]
    [InlineData("FetchX509SVID", "yes", "3", "security header missing from request")]
    [InlineData("FetchX509Bundles", null, "3", "security header missing from request")]
    [InlineData("FetchJWTSVID", "true", "12", "unknown method")]
    public async Task An_unanswerable_call_ends_with_a_status(string method, string? metadata, string status, string message)
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        using var call = await Call.StartAsync(stage, method, metadata);

        Assert.Equal(
            (HttpStatusCode.OK, "application/grpc", status, message),
            (call.Response.StatusCode, call.Response.Content.Headers.ContentType!.ToString(), Assert.Single(call.Response.Headers.GetValues("grpc-status")), Assert.Single(call.Response.Headers.GetValues("grpc-message"))));
        Assert.Empty(await call.Response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task An_invalid_call_is_refused_and_an_endless_request_is_cut_off()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        using var page = await Call.StartAsync(stage, "FetchX509SVID", content: new StringContent("{}", MediaTypeHeaderValue.Parse("application/json")));
        using var large = await Call.StartAsync(stage, "FetchX509SVID", content: new ByteArrayContent(new byte[100_000]) { Headers = { ContentType = new("application/grpc") } });

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, HttpStatusCode.RequestEntityTooLarge), (page.Response.StatusCode, large.Response.StatusCode));
    }

    [Fact]
    public async Task A_client_sees_the_end_of_the_demo_and_the_socket_is_gone()
    {
        var stage = await DemoStage.OpenAsync(TimeProvider.System);
        var socket = stage.Files.WorkloadApi.Path!;
        using var call = await Call.StartAsync(stage, "FetchX509SVID");
        await call.NextAsync(X509SVIDResponse.Parser);
        Assert.True(File.Exists(socket));

        await stage.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => call.NextAsync(X509SVIDResponse.Parser));
        Assert.False(File.Exists(socket));
        await Assert.ThrowsAsync<HttpRequestException>(() => Call.StartAsync(stage, "FetchX509SVID"));
    }

    [Fact]
    public async Task Servers_of_the_mesh_present_another_SVID_after_half_of_its_lifetime_and_are_accepted_with_either()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow() - (s_life / 2)); // each is valid now
        await using var stage = await DemoStage.OpenAsync(time);
        await using var prober = new StageProber(stage);
        var before = await prober.ProbeAsync("mesh-payments");

        time.Advance(s_life / 2);
        await using var later = new StageProber(stage);
        var after = await later.ProbeAsync("mesh-payments");

        Assert.Equal((null, null), (before.Failure, after.Failure));
        Assert.NotEqual(before.ServerCertificates[0].Serial, after.ServerCertificates[0].Serial);
        Assert.NotEqual(before.ClientCertificate!.Presented!.Serial, after.ClientCertificate!.Presented!.Serial);
        Assert.All([before, after], result => Assert.Equal(s_life, result.ServerCertificates[0].NotAfter - result.ServerCertificates[0].NotBefore));
    }

    [Fact]
    public async Task The_server_with_the_wrong_ID_is_reported_by_both()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);
        await using var prober = new StageProber(stage);

        var failure = (await prober.ProbeAsync("mesh-wrong-id")).Failure!;

        Assert.Equal(Reasons.IdMismatch, failure.Reason);
        Assert.Contains("spiffe://demo.test/ledger", failure.Detail, StringComparison.Ordinal);
        Assert.Contains("spiffe://demo.test/orders", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_names_the_actual_socket()
    {
        await using var stage = await DemoStage.OpenAsync(TimeProvider.System);

        var configuration = ConfigurationFile.Load(stage.Files.Configuration, BuiltInProtocols.All).Configuration!;

        var source = Assert.IsType<SpiffeSvid>(configuration.Identities.Single(identity => identity.Name == DemoFiles.Mesh).Current);
        Assert.Equal((stage.Files.WorkloadApi, Client), (source.Endpoint, source.Id));
        Assert.Equal(
            [("mesh-payments", "spiffe://demo.test/payments"), ("mesh-orders", "spiffe://demo.test/orders"), ("mesh-wrong-id", "spiffe://demo.test/ledger")],
            configuration.Targets.Where(target => target.ServerId is not null).Select(target => (target.Name, target.ServerId!.ToString())));
    }

    /// <summary>A call by HTTP/2 and its response.</summary>
    private sealed class Call : IDisposable
    {
        private readonly HttpClient _http;
        private readonly CancellationTokenSource _patience = new(SpiffeRig.Patience, TimeProvider.System);
        private Stream? _stream;

        private Call(HttpClient http) => _http = http;

        public HttpResponseMessage Response { get; private set; } = null!;

        public static async Task<Call> StartAsync(DemoStage stage, string method, string? metadata = "true", HttpContent? content = null)
        {
            var place = new UnixDomainSocketEndPoint($"{stage.Files.Directory}/agent.sock");
            var call = new Call(new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, stop) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(place, stop);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }));
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://localhost/SpiffeWorkloadAPI/{method}")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = content ?? new ByteArrayContent(new byte[5]) { Headers = { ContentType = new("application/grpc") } },
            };
            if (metadata is not null) request.Headers.Add("workload.spiffe.io", metadata);
            call.Response = await call._http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, call._patience.Token);
            return call;
        }

        public async Task<T> NextAsync<T>(MessageParser<T> parser)
            where T : IMessage<T>
        {
            _stream ??= await Response.Content.ReadAsStreamAsync(_patience.Token);
            var prefix = new byte[5];
            await _stream.ReadExactlyAsync(prefix, _patience.Token);
            var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1))];
            await _stream.ReadExactlyAsync(message, _patience.Token);
            return parser.ParseFrom(message);
        }

        public void Dispose()
        {
            _stream?.Dispose();
            Response.Dispose();
            _http.Dispose();
            _patience.Dispose();
        }
    }
}
