using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using MtlsProbe.Api;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary>The HTTP interface of a fleet.</summary>
internal static class WebServer
{
    /// <summary>The response above the <see cref="RequestLimit"/>; <c>healthcheck</c> recognizes MtlsProbe by it.</summary>
    public const string TooManyRequests = "Too many requests: the web configuration has a rate_limit.";

    /// <summary>Clients need to send only a few headers.</summary>
    private const int MaxRequestBody = 64 * 1024;

    /// <summary>Connections that have lost their place but have not ended yet.</summary>
    private const int Leaving = 32;

    public static WebApplication Build(Fleet fleet, WebOptions options, TimeProvider time, ILoggerFactory logs)
    {
        // The empty builder reads no files and no environment: the command line alone determines what is served.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new StrangerLog(logs, fleet.OwnMetrics, time));
        builder.Services.AddRoutingCore();
        KnownServices.Add(builder.Services);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        var certificate = options.Configuration.Tls is { } tls ? new ServedCertificate(tls, fleet.Loops.WebCertificate, logs.CreateLogger<ServedCertificate>()) : null;
        if (certificate is not null) builder.Services.AddHostedService(_ => certificate);
        var places = new ConnectionPlaces(fleet.Shares.Connections, () => fleet.OwnMetrics.HttpConnectionsEvicted.Inc());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBody;
            kestrel.Limits.MaxConcurrentConnections = fleet.Shares.Connections + Leaving;
            kestrel.Limits.RequestHeadersTimeout = options.HeadPatience;
            kestrel.Limits.KeepAliveTimeout = options.IdlePatience;
            foreach (var listen in options.Listen)
            {
                if (listen.Address is { } address) kestrel.Listen(address, listen.Port, Configure);
                else kestrel.ListenAnyIP(listen.Port, Configure);
            }

            void Configure(ListenOptions endPoint)
            {
                endPoint.Use(next => connection => places.ServeAsync(connection, next));
                options.Configuration.Secure(endPoint, certificate);
            }
        });

        var app = builder.Build();
        app.Use(new RequestMetrics(fleet.OwnMetrics, time).InvokeAsync);
        app.UseRouting(); // before authentication, so that refusals are counted with the requested path
        app.Use((context, next) => NoteAsync(context, next, places));
        app.Use(options.Configuration.AddHeaders);
        if (options.Configuration.Limit is { } limit)
        {
            var limiter = new RequestLimiter(limit, SentenceAsync);
            app.Use(limiter.InvokeAsync);
            app.Lifetime.ApplicationStopped.Register(limiter.Dispose);
        }

        if (options.Configuration.Users.Count > 0)
        {
            var authentication = new BasicAuthentication(options.Configuration.Users);
            app.Use(authentication.InvokeAsync);
            app.Lifetime.ApplicationStopped.Register(authentication.Dispose);
        }

        var compression = new ResponseCompressionProvider(app.Services, Compression());
        app.Use(next => new ResponseCompressionMiddleware(next, compression).Invoke);
        var sentences = Options.Create(new StatusCodePagesOptions { HandleAsync = status => SentenceAsync(status.HttpContext) });
        app.Use(next => new StatusCodePagesMiddleware(next, sentences).Invoke);
        ((IEndpointRouteBuilder)app).DataSources.Add(new DefaultEndpointDataSource(Endpoints(app.Lifetime, fleet, time)));
        return app;
    }

    /// <summary>The addresses that are served after the server has started, with their real ports.</summary>
    public static IReadOnlyList<string> Addresses(WebApplication app) =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    private static IOptions<ResponseCompressionOptions> Compression()
    {
        var options = new ResponseCompressionOptions
        {
            EnableForHttps = true, // no response combines secrets with text chosen by the caller
            MimeTypes =
            [
                .. ResponseCompressionDefaults.MimeTypes, "application/openmetrics-text", "application/problem+json", "application/yaml", "text/csv", "text/markdown", "text/calendar", "image/svg+xml",
            ],
        };
        options.Providers.Add(new GzipCompressionProvider(Options.Create(new GzipCompressionProviderOptions())));
        return Options.Create(options);
    }

    private static List<Endpoint> Endpoints(IHostApplicationLifetime lifetime, Fleet fleet, TimeProvider time)
    {
        var endpoints = new List<Endpoint>();
        string[] read = [HttpMethods.Get, HttpMethods.Head];
        Add("/", read, PageEndpoint.WriteFrontAsync);
        Add("/page/{**name}", read, PageEndpoint.WriteAssetAsync);
        Add("/runbooks/{name}", read, PageEndpoint.WriteRunbookAsync);
        Add("/metrics", read, new MetricsEndpoint(fleet).WriteAsync);
        Add("/probe", read, new ProbeEndpoint(fleet, time, lifetime.ApplicationStopping).WriteAsync);
        Add("/-/healthy", read, context => Answer.TextAsync(context, StatusCodes.Status200OK, "MtlsProbe is healthy.\n"));
        Add("/-/ready", read, context => fleet.Ready
            ? Answer.TextAsync(context, StatusCodes.Status200OK, "MtlsProbe is ready.\n")
            : Answer.TextAsync(context, StatusCodes.Status503ServiceUnavailable, "Not ready: the first round of probes is still in progress.\n"));
        Add("/-/reload", [HttpMethods.Post, HttpMethods.Put], context => ReloadAsync(context, fleet));

        var views = new FleetViews(fleet, time);
        lifetime.ApplicationStopped.Register(views.Dispose);
        var status = new StatusEndpoints(views);
        Add("/api/v1/summary", read, status.SummaryAsync);
        Add("/api/v1/fleet", read, status.FleetAsync);
        Add("/api/v1/groups", read, status.GroupsAsync);
        Add("/api/v1/events", read, status.EventsAsync);
        Add("/api/v1/handshakes", read, status.HandshakesAsync);
        Add("/api/v1/targets", read, status.RecordsAsync);
        Add("/api/v1/targets/{name}", read, status.TargetAsync);
        Add("/api/v1/targets/{name}/probe", [HttpMethods.Post], new ProbeNowEndpoint(fleet, views, time, lifetime.ApplicationStopping).WriteAsync);
        Add("/api/v1/identities", read, status.IdentitiesAsync);
        Add("/api/v1/identities/{name}", read, status.IdentityAsync);
        Add("/api/v1/certificates", read, status.CertificatesAsync);
        Add("/api/v1/matrix", read, status.MatrixAsync);
        Add("/api/v1/forecast", read, status.ForecastAsync);
        Add("/calendar.ics", read, status.CalendarAsync);
        Add("/api/v1/openapi.yaml", read, StatusEndpoints.DescriptionAsync);
        return endpoints;

        // MapMethods would look for attributes of each method, and for that make a table of all methods of the program.
        void Add(string pattern, string[] methods, RequestDelegate write) =>
            endpoints.Add(new RouteEndpoint(write, RoutePatternFactory.Parse(pattern), order: 0, new EndpointMetadataCollection(new HttpMethodMetadata(methods)), pattern));
    }

    /// <summary>The body of a response that has only a status.</summary>
    private static Task SentenceAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        var sentence = status switch
        {
            StatusCodes.Status404NotFound => "Not found. docs/http.md lists what is served here.",
            StatusCodes.Status405MethodNotAllowed => $"This path accepts {context.Response.Headers.Allow} only.",
            StatusCodes.Status429TooManyRequests => TooManyRequests,
            _ => $"The request was refused with status {status}.",
        };
        return context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? Problem.WriteAsync(context, new Refusal(status, sentence))
            : Answer.TextAsync(context, status, sentence + "\n");
    }

    /// <summary>
    /// Notes that a client that has sent a request is not idle, and sets headers that prevent browsers from misinterpreting the response or showing
    /// it on another site.
    /// </summary>
    private static async Task NoteAsync(HttpContext context, RequestDelegate next, ConnectionPlaces places)
    {
        var items = context.Features.Get<IConnectionItemsFeature>()?.Items ?? new Dictionary<object, object?>();
        places.Note(items, isBusy: true);
        try
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            places.Note(items, isBusy: false);
        }
    }

    private static async Task ReloadAsync(HttpContext context, Fleet fleet)
    {
        if (PageRequest.Is(context.Request))
        {
            await Answer.TextAsync(context, StatusCodes.Status403Forbidden, "A web page cannot request a reload.\n").ConfigureAwait(false);
            return;
        }

        var outcome = await fleet.ReloadAsync().ConfigureAwait(false);
        if (outcome.Success) await Answer.TextAsync(context, StatusCodes.Status200OK, "The configuration was reloaded.\n").ConfigureAwait(false);
        else
        {
            var errors = string.Concat(outcome.Errors.Select(error => error + "\n"));
            await Answer.TextAsync(context, StatusCodes.Status500InternalServerError, errors + "The configuration has errors and was not loaded; the previous one stays in use.\n")
                .ConfigureAwait(false);
        }
    }
}
