using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MtlsProbe.Model;
using MtlsProbe.Tests.Spiffe;

namespace MtlsProbe.Tests.Credentials.Spiffe;

/// <summary>
/// A SPIFFE Workload API for tests, by gRPC for ASP.NET Core on a Unix socket. Its answer can be changed at any time and is sent to all clients. It
/// can be killed and started again.
/// </summary>
internal sealed class WorkloadApi : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("spiffe-");
    private readonly Service _service = new();
    private WebApplication? _application;

    public SpiffeEndpoint Endpoint => SpiffeEndpoint.TryParse($"unix://{Socket}", out _)!;

    public string Socket => Path.Combine(_directory.FullName, "agent.sock");

    /// <summary>The number of calls of either kind.</summary>
    public int Calls => _service.Calls;

    /// <summary>The number of calls without the metadata that every client must send.</summary>
    public int WithoutMetadata => _service.WithoutMetadata;

    /// <summary>The bytes of every issued key, none of which must appear anywhere.</summary>
    public List<byte[]> Keys { get; } = [];

    /// <summary>Completes when this many streams are open.</summary>
    public async Task Listening(int count)
    {
        using var patience = new CancellationTokenSource(SpiffeRig.Patience, TimeProvider.System);
        while (_service.Listening != count) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
    }

    public static async Task<WorkloadApi> StartAsync(X509SVIDResponse? answer = null)
    {
        var api = new WorkloadApi();
        api.Answer(answer);
        await api.StartAsync();
        return api;
    }

    /// <summary>Sets the answer; null: it issues nothing.</summary>
    public void Answer(X509SVIDResponse? answer)
    {
        if (answer is not null) Keys.AddRange(answer.Svids.Select(svid => svid.X509SvidKey.ToByteArray()));
        _service.Say(answer);
    }

    /// <summary>One answer with these SVIDs.</summary>
    public static X509SVIDResponse Of(params IEnumerable<X509SVID> svids)
    {
        var answer = new X509SVIDResponse();
        answer.Svids.AddRange(svids);
        return answer;
    }

    /// <param name="chain">The leaf first.</param>
    public static X509SVID Svid(string id, IReadOnlyList<TestCertificate> chain, params IEnumerable<TestCertificate> bundle) => new()
    {
        SpiffeId = id,
        X509Svid = Der(chain),
        X509SvidKey = ByteString.CopyFrom(chain[0].Key.ExportPkcs8PrivateKey()),
        Bundle = Der(bundle),
    };

    public static ByteString Der(IEnumerable<TestCertificate> certificates) => ByteString.CopyFrom([.. certificates.SelectMany(certificate => certificate.Der)]);

    /// <summary>The authority of a trust domain, with its ID, to which the builder of .NET would add a slash.</summary>
    public static TestCertificate Authority(string trustDomain)
    {
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence()) names.WriteCharacterString(UniversalTagNumber.IA5String, $"spiffe://{trustDomain}", new Asn1Tag(TagClass.ContextSpecific, 6));
        return TestPki.Root(trustDomain, template => template with { More = [new X509Extension("2.5.29.17", names.Encode(), critical: false)] });
    }

    /// <summary>A certificate for a workload with this ID.</summary>
    public static TestCertificate Leaf(TestCertificate authority, string id, Func<TestTemplate, TestTemplate>? change = null) => authority.Leaf("workload", template =>
    {
        var leaf = template with { Dns = [], Uris = [id], KeyUsage = X509KeyUsageFlags.DigitalSignature, ExtendedKeyUsage = [TestTemplate.ServerAuth, TestTemplate.ClientAuth] };
        return change is null ? leaf : change(leaf);
    });

    public async Task StartAsync()
    {
        File.Delete(Socket);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.ListenUnixSocket(Socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        builder.Services.AddGrpc(options => (options.MaxSendMessageSize, options.EnableDetailedErrors) = (null, true));
        builder.Services.AddSingleton(_service);
        _application = builder.Build();
        _application.MapGrpcService<Service>();
        await _application.StartAsync();
    }

    /// <summary>Ends every connection at once.</summary>
    public async Task KillAsync()
    {
        if (_application is null) return;
        _service.HangUp();
        await _application.DisposeAsync();
        _application = null;
        File.Delete(Socket);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Delete(recursive: true);
    }

    private sealed class Service : SpiffeWorkloadAPI.SpiffeWorkloadAPIBase
    {
        private readonly Lock _gate = new();
        private readonly List<Channel<X509SVIDResponse?>> _listeners = [];
        private X509SVIDResponse? _answer;
        private int _calls;
        private int _withoutMetadata;

        public int Calls => Volatile.Read(ref _calls);

        public int WithoutMetadata => Volatile.Read(ref _withoutMetadata);

        public int Listening
        {
            get { lock (_gate) return _listeners.Count; }
        }

        public void Say(X509SVIDResponse? answer)
        {
            lock (_gate)
            {
                _answer = answer;
                foreach (var listener in _listeners) listener.Writer.TryWrite(answer);
            }
        }

        public void HangUp()
        {
            lock (_gate) _listeners.ForEach(listener => listener.Writer.TryComplete());
        }

        public override Task FetchX509SVID(X509SVIDRequest request, IServerStreamWriter<X509SVIDResponse> responseStream, ServerCallContext context) =>
            AnswerAsync(answer => responseStream.WriteAsync(answer, context.CancellationToken), context);

        public override Task FetchX509Bundles(X509BundlesRequest request, IServerStreamWriter<X509BundlesResponse> responseStream, ServerCallContext context) => AnswerAsync(
            answer =>
            {
                var bundles = new X509BundlesResponse();
                bundles.Crl.AddRange(answer.Crl);
                bundles.Bundles.Add(answer.FederatedBundles);
                foreach (var svid in answer.Svids) bundles.Bundles[svid.SpiffeId[..svid.SpiffeId.IndexOf('/', "spiffe://".Length)]] = svid.Bundle;
                return responseStream.WriteAsync(bundles, context.CancellationToken);
            },
            context);

        private async Task AnswerAsync(Func<X509SVIDResponse, Task> write, ServerCallContext context)
        {
            Interlocked.Increment(ref _calls);
            if (context.RequestHeaders.GetValue("workload.spiffe.io") != "true")
            {
                Interlocked.Increment(ref _withoutMetadata);
                throw new RpcException(new Status(StatusCode.InvalidArgument, "security header missing from request"));
            }

            var own = Channel.CreateUnbounded<X509SVIDResponse?>();
            lock (_gate)
            {
                _listeners.Add(own);
                own.Writer.TryWrite(_answer);
            }

            try
            {
                await foreach (var answer in own.Reader.ReadAllAsync(context.CancellationToken))
                {
                    if (answer is null) throw new RpcException(new Status(StatusCode.PermissionDenied, "no identity issued"));
                    await write(answer);
                }
            }
            finally
            {
                lock (_gate) _listeners.Remove(own);
            }
        }
    }
}
