using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Web;

/// <summary>TLS, passwords and headers of our own HTTP server, in the format of exporter-toolkit's <c>web.config.file</c>.</summary>
internal sealed record WebConfiguration
{
    /// <summary>Null: plain HTTP.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>Users and the bcrypt hashes of their passwords; empty: no authentication.</summary>
    public ValueList<Label> Users { get; init; } = [];

    /// <summary>Null: no limit.</summary>
    public RequestLimit? Limit { get; init; }

    /// <summary>Added to every response.</summary>
    public ValueList<Label> Headers { get; init; } = [];

    /// <summary>Whether HTTP/2 is offered besides HTTP/1.1; with TLS only.</summary>
    public bool Http2 { get; init; } = true;

    /// <param name="served">The certificate for <see cref="Tls"/>; null: plain HTTP.</param>
    public void Secure(ListenOptions endPoint, ServedCertificate? served)
    {
        endPoint.Protocols = served is not null && Http2 ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        if (served is null) return;
        endPoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(served.Options()) });
    }

    public Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        foreach (var header in Headers) context.Response.Headers[header.Name] = header.Value;
        return next(context);
    }
}
