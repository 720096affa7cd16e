using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace MtlsProbe.Demo;

/// <summary>
/// A SPIFFE Workload API like that of a SPIRE agent: gRPC by HTTP/2 in plain text on a Unix socket
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). It does not check the calling process: whoever can open the socket gets the
/// SVID. A client receives the current state, and then each change.
/// </summary>
internal sealed class DemoWorkloadApi : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private const string Grpc = "application/grpc";
    private const string Service = "/SpiffeWorkloadAPI/";
    private const int InvalidArgument = 3;
    private const int Unimplemented = 12;
    private const int Prefix = 5;

    private readonly KestrelServer _server;
    private volatile Said _said;

    private DemoWorkloadApi(string socket, WorkloadAnswers answers)
    {
        _said = new Said(answers);
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 4096; // neither request has a field
        options.Limits.MaxConcurrentConnections = 64;
        options.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2);
        _server = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), NullLoggerFactory.Instance);
    }

    /// <param name="socket">Its path. The directory decides who can open it.</param>
    /// <exception cref="IOException">The socket cannot be created.</exception>
    public static async Task<DemoWorkloadApi> StartAsync(string socket, WorkloadAnswers answers)
    {
        var api = new DemoWorkloadApi(socket, answers);
        try
        {
            await api._server.StartAsync(api, CancellationToken.None);
            return api;
        }
        catch (SocketException e)
        {
            await api.DisposeAsync();
            throw new IOException($"cannot create a socket at {socket}: {e.Message}", e);
        }
    }

    /// <summary>Sets the state, and sends it to the current clients too.</summary>
    public void Say(WorkloadAnswers answers)
    {
        Interlocked.Exchange(ref _said, new Said(answers)).Over.SetResult();
    }

    /// <summary>Ends every connection at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // No state is kept.
    }

    /// <summary>One call.</summary>
    public async Task ProcessRequestAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (!HttpMethods.IsPost(request.Method) || request.ContentType?.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase) is not true)
        {
            response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        response.ContentType = Grpc;
        Func<WorkloadAnswers, ReadOnlyMemory<byte>>? answer = request.Path.Value switch
        {
            Service + "FetchX509SVID" => answers => answers.Svids,
            Service + "FetchX509Bundles" => answers => answers.Bundles,
            _ => null,
        };
        if (answer is null) End(response, Unimplemented, "unknown method");
        else if (request.Headers["workload.spiffe.io"] != "true") End(response, InvalidArgument, "security header missing from request"); // against forged requests (Workload Endpoint §3); the words are those of SPIRE
        else await TellAsync(context, answer);
    }

    /// <summary>A response that consists only of its end ("Trailers-Only").</summary>
    private static void End(HttpResponse response, int status, string message)
    {
        response.Headers["grpc-status"] = status.ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = message;
    }

    /// <summary>Runs until the client has gone.</summary>
    private async Task TellAsync(HttpContext context, Func<WorkloadAnswers, ReadOnlyMemory<byte>> answer)
    {
        var gone = context.RequestAborted;
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, gone);
            while (true)
            {
                var said = _said;
                await context.Response.BodyWriter.WriteAsync(Framed(answer(said.Answers).Span), gone);
                await said.Over.Task.WaitAsync(gone);
            }
        }
        catch (OperationCanceledException)
        {
            // The client has gone.
        }
    }

    /// <summary>An uncompressed message with its length prefix.</summary>
    private static byte[] Framed(ReadOnlySpan<byte> message)
    {
        var framed = new byte[Prefix + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(Prefix));
        return framed;
    }

    private sealed record Said(WorkloadAnswers Answers)
    {
        /// <summary>Completes when the state is replaced.</summary>
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
