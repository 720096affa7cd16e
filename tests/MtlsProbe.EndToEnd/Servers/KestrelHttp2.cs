using System.Net;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>ASP.NET Core with HTTP/2 only, inside the test process: a site, and the health service of gRPC for .NET.</summary>
internal sealed class KestrelHttp2 : IAsyncDisposable
{
    private readonly WebApplication _application;

    private KestrelHttp2(WebApplication application, IReadOnlyList<Endpoint> endpoints) => (_application, Endpoints) = (application, endpoints);

    public IReadOnlyList<Endpoint> Endpoints { get; }

    /// <param name="endpoints">All with the same certificate; each port answers both protocols.</param>
    public static async Task<KestrelHttp2> Start(TestPki pki, IReadOnlyList<Endpoint> endpoints)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
        {
            foreach (var endpoint in endpoints)
            {
                options.Listen(IPAddress.Loopback, endpoint.Port, listen =>
                {
                    listen.Protocols = HttpProtocols.Http2;
                    listen.UseHttps(KestrelServer.Options(pki, pki.Servers[endpoint.Certificate]));
                });
            }
        });
        var health = new HealthServiceImpl();
        health.SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(health);
        var application = builder.Build();
        application.MapGet("/", () => Results.Text("welcome\n"));
        application.MapGrpcService<HealthServiceImpl>();
        await application.StartAsync();
        return new KestrelHttp2(application, endpoints);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
