using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MtlsProbe.Tests.Credentials;

/// <summary>A server with secrets: it answers as a test wants, over HTTPS with a certificate of a test's authority.</summary>
internal sealed class ApiPeer : IAsyncDisposable
{
    private readonly ConcurrentQueue<HttpRequestFacts> _requests = [];
    private readonly TestCertificate _root;
    private WebApplication _server;

    /// <param name="answer">Replaced at any time by <see cref="Answer"/>.</param>
    public ApiPeer(TestCertificate root, Func<HttpContext, Task> answer)
    {
        (_root, Answer) = (root, answer);
        _server = Start(0);
        Port = new Uri(_server.Urls.Single()).Port;
    }

    public Func<HttpContext, Task> Answer { get; set; }

    public int Port { get; }

    public Uri Address => new($"https://localhost:{Port}/");

    /// <summary>The requests since the last call.</summary>
    public IReadOnlyList<HttpRequestFacts> TakeRequests()
    {
        List<HttpRequestFacts> taken = [];
        while (_requests.TryDequeue(out var request)) taken.Add(request);
        return taken;
    }

    public async Task StopAsync() => await _server.DisposeAsync();

    /// <summary>At the same port.</summary>
    public void StartAgain() => _server = Start(Port);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>An answer of a status with a text.</summary>
    public static Func<HttpContext, Task> Text(string text, int status = 200) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(text);
    };

    private WebApplication Start(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, port, listen => listen.UseHttps(_root.Leaf("localhost").X509)));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        var server = builder.Build();
        server.Run(async context =>
        {
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            _requests.Enqueue(new(context.Request.Path + context.Request.QueryString, headers));
            await Answer(context);
        });
        server.Start();
        return server;
    }
}

/// <summary>What a client sent.</summary>
internal sealed record HttpRequestFacts(string Path, IReadOnlyDictionary<string, string> Headers);
