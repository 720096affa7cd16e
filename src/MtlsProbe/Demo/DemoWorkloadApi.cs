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
/// A SPIFFE Workload API as an agent of SPIRE serves it: gRPC by HTTP/2 in clear text on a Unix socket
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). It looks at nobody's process: who can open the socket gets the SVID.
/// Who listens is told what is known, and then each change.
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

    /// <param name="socket">Its path. Who may open it is a matter of the directory.</param>
    /// <exception cref="IOException">No socket can be made there.</exception>
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
            throw new IOException($"no socket can be made at {socket}: {e.Message}", e);
        }
    }

    /// <summary>From now on this is what it says, to those as well who listen.</summary>
    public void Say(WorkloadAnswers answers)
    {
        Interlocked.Exchange(ref _said, new Said(answers)).Over.SetResult();
    }

    /// <summary>Every connection ends at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // Nothing is held.
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

    /// <summary>An answer that is nothing but its end ("Trailers-Only").</summary>
    private static void End(HttpResponse response, int status, string message)
    {
        response.Headers["grpc-status"] = status.ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = message;
    }

    /// <summary>Until the client has gone.</summary>
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
            // Nobody listens any more.
        }
    }

    /// <summary>A message that is not compressed, with its length before it.</summary>
    private static byte[] Framed(ReadOnlySpan<byte> message)
    {
        var framed = new byte[Prefix + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(Prefix));
        return framed;
    }

    private sealed record Said(WorkloadAnswers Answers)
    {
        /// <summary>Ends when something else is said.</summary>
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
