using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials.Spiffe;

/// <summary>A peer on the socket of a Workload API that does anything: HTTP/2, with only the gRPC that a test sends.</summary>
internal sealed class RawWorkloadApi : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("spiffe-");
    private readonly WebApplication _application;

    private RawWorkloadApi(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.ListenUnixSocket(Socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        _application = builder.Build();
        _application.Run(answer);
    }

    public SpiffeEndpoint Endpoint => SpiffeEndpoint.TryParse($"unix://{Socket}", out _)!;

    private string Socket => Path.Combine(_directory.FullName, "agent.sock");

    public static async Task<RawWorkloadApi> StartAsync(RequestDelegate answer)
    {
        var api = new RawWorkloadApi(answer);
        await api._application.StartAsync();
        return api;
    }

    /// <summary>The head of a gRPC response and these bytes; then it waits until the client has gone.</summary>
    public static RequestDelegate Sends(params byte[] bytes) => async context =>
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(bytes);
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
    };

    /// <summary>The prefix of a message of so many bytes, and the bytes.</summary>
    public static byte[] Message(params byte[] bytes) => [0, (byte)(bytes.Length >> 24), (byte)(bytes.Length >> 16), (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    /// <summary>A response that consists only of its end.</summary>
    public static RequestDelegate Ends(int status, string message) => context =>
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = message;
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
