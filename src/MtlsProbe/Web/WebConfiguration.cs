using Microsoft.AspNetCore.Server.Kestrel.Core;
using MtlsProbe.Model;

namespace MtlsProbe.Web;

/// <summary>TLS, passwords and headers of our own HTTP server, in the words of exporter-toolkit's <c>web.config.file</c>.</summary>
internal sealed record WebConfiguration
{
    /// <summary>Null: plain HTTP.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>Users and the bcrypt hashes of their passwords; empty: nobody is asked.</summary>
    public ValueList<Label> Users { get; init; } = [];

    /// <summary>Added to every answer.</summary>
    public ValueList<Label> Headers { get; init; } = [];

    public bool Http2 { get; init; } = true;

    public void Secure(ListenOptions endPoint)
    {
        endPoint.Protocols = Tls is not null && Http2 ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        if (Tls is { } tls) endPoint.UseHttps(tls.HandshakeOptions());
    }

    public Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        foreach (var header in Headers) context.Response.Headers[header.Name] = header.Value;
        return next(context);
    }

    /// <summary>The middleware that asks for a password where users are configured.</summary>
    public Func<HttpContext, RequestDelegate, Task> Authenticate => Users.Count == 0 ? (context, next) => next(context) : new BasicAuthentication(Users).InvokeAsync;
}
