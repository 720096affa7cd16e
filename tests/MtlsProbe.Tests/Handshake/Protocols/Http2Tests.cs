using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using MtlsProbe.Handshake;
using MtlsProbe.OpenSsl;
using static MtlsProbe.Tests.Handshake.Protocols.ServedProtocol;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>HTTP/2 and gRPC, against a server that resets a request whose scheme does not match its connection.</summary>
public sealed class Http2Tests : IAsyncLifetime, IDisposable
{
    private const string Version2 = "https, http: { version: \"2\"";
    private const string Frames = "unconfirmed application_data";

    private readonly ServedProtocol _served = new();
    private readonly List<string> _heard = [];
    private WebApplication _kestrel = null!;
    private int _port;
    private RequestDelegate _answer = _ => Task.CompletedTask;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = _served.ServerCertificate,
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (_, _, _) => true,
            });
        }));
        _kestrel = builder.Build();
        _kestrel.Run(context =>
        {
            lock (_heard) _heard.Add($"{context.Request.Protocol} {context.Request.Method} {context.Request.Scheme}://{context.Request.Host}{context.Request.Path}{context.Request.QueryString}");
            return _answer(context);
        });
        await _kestrel.StartAsync();
        _port = new Uri(_kestrel.Urls.First()).Port;
    }

    public async Task DisposeAsync() => await _kestrel.DisposeAsync();

    public void Dispose() => _served.Dispose();

    [Theory]
    [InlineData(200, "", "accepted http_status", "")]
    [InlineData(404, "", "accepted http_status", "")]
    [InlineData(400, "The SSL certificate error", "rejected http_status http_status", "the server answered with HTTP status 400")]
    [InlineData(400, "what?", "accepted http_status", "")]
    [InlineData(403, "", "rejected http_status http_status", "the server answered with HTTP status 403")]
    [InlineData(421, "", "failed misdirected", "the server answered with HTTP status 421 (Server: \"front\")")]
    public async Task An_answer_has_the_same_meaning_as_in_HTTP_1(int status, string body, string verdict, string detail)
    {
        _answer = async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Server = "front";
            await context.Response.WriteAsync(body);
        };

        var (told, why) = await AskAsync(Version2 + " }");

        Assert.Equal((verdict, detail), (told, why ?? ""));
        Assert.Equal($"HTTP/2 GET https://server.test:{_port}/", Assert.Single(_heard));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public async Task The_request_goes_out_as_it_is_configured(string method)
    {
        Assert.Equal("accepted http_status", (await AskAsync($"{Version2}, method: {method}, path: \"/a/../b%2f?c=%20\", expect_status: [200] }}")).Verdict);
        Assert.Equal($"HTTP/2 {method} https://server.test:{_port}/b%2f?c=%20", Assert.Single(_heard));
    }

    [Theory]
    [InlineData("0", "\0\0\0\0\x02\x08\x01", "accepted protocol_answer", "")]
    [InlineData("0", "\0\0\0\0\x02\x08\x02", "accepted protocol_answer not_serving", "NOT_SERVING")]
    [InlineData("0", "\0\0\0\0\x02\x08\x03", "accepted protocol_answer not_serving", "SERVICE_UNKNOWN")]
    [InlineData("0", "\0\0\0\0\0", "accepted protocol_answer not_serving", "UNKNOWN")]
    [InlineData("5", "", "accepted protocol_answer not_serving", "grpc-status 5 words")]
    [InlineData("12", "", "accepted protocol_answer", "")]
    [InlineData("16", "", "unconfirmed protocol_answer no_confirmation", "grpc-status 16 words")]
    [InlineData("7", "", "rejected protocol_answer refused_by_protocol", "grpc-status 7 words")]
    [InlineData("14", "", "accepted protocol_answer not_serving", "grpc-status 14 words")]
    [InlineData("13", "", "accepted protocol_answer unexpected_answer", "grpc-status 13 words")]
    [InlineData("x", "", "unconfirmed application_data unexpected_answer", "has no gRPC status")]
    public async Task A_health_check_is_judged(string status, string message, string verdict, string detail)
    {
        string? heard = null;
        _answer = async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            heard = System.Text.Encoding.Latin1.GetString(body.ToArray()) + context.Request.Headers.ContentType + context.Request.Headers.TE;
            context.Response.ContentType = "application/grpc";
            if (message.Length > 0)
            {
                await context.Response.Body.WriteAsync(System.Text.Encoding.Latin1.GetBytes(message));
                context.Response.AppendTrailer("grpc-status", status);
            }
            else
            {
                context.Response.Headers["grpc-status"] = status; // an answer that consists of trailers only
                context.Response.Headers["grpc-message"] = "words";
            }
        };

        var (told, why) = await AskAsync("grpc, grpc: { service: shop }");

        Assert.Equal(verdict, told);
        Assert.Contains(detail, why ?? "", StringComparison.Ordinal);
        Assert.Equal("\0\0\0\0\x06\x0a\x04shopapplication/grpctrailers", heard);
        Assert.Equal($"HTTP/2 POST https://server.test:{_port}/grpc.health.v1.Health/Check", Assert.Single(_heard.Distinct()));
    }

    [Theory]
    [InlineData(401, "rejected protocol_answer refused_by_protocol")]
    [InlineData(421, "failed misdirected")]
    [InlineData(503, "accepted protocol_answer not_serving")]
    [InlineData(400, "unconfirmed protocol_answer no_confirmation")]
    [InlineData(200, "unconfirmed application_data unexpected_answer")]
    public async Task An_answer_that_is_no_gRPC_is_judged_by_its_status(int status, string verdict)
    {
        _answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

        Assert.Equal(verdict, (await AskAsync("grpc")).Verdict);
    }

    [Fact]
    public async Task A_certificate_that_was_not_requested_is_reported()
    {
        await using var peer = _served.Serve([], ["!HTTP/1.1 400 Bad Request\r\n\r\n"]);

        Assert.Equal("unconfirmed application_data not_http", Told(Assert.Single(await _served.ProbeAsync(peer, Version2 + " }"))).Verdict);
    }

    /// <summary>Endless frames, impossible lengths, frames of another protocol; silence, and a close.</summary>
    [Theory]
    [InlineData("\0\0\0\x04\0\0\0\0\0", "unconfirmed")]
    [InlineData("\0\0\x08\x06\0\0\0\0\0" + "12345678", "unconfirmed")]
    [InlineData("\xff\xff\xff\0\0\0\0\0\x01", Frames)]
    [InlineData("\0\0\x04\x01\x04\0\0\0\x01\xff\xff\xff\xff", Frames)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", Frames)]
    public async Task An_endless_or_invalid_answer_is_bounded_and_no_acceptance(string again, string verdict)
    {
        await using var peer = Endless([], "", "", again, isGreeted: true);

        var (told, _) = Told(Assert.Single(await _served.ProbeAsync(peer, Version2 + " }", "timeout: 3s")));

        Assert.StartsWith(verdict, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_and_a_close_are_no_answer()
    {
        await using var silent = _served.Serve([], ["", ""]);
        await using var closes = _served.Serve([], ["", Close]);

        Assert.Equal("unconfirmed silence timeout", Told(Assert.Single(await _served.ProbeAsync(silent, Version2 + " }", "timeout: 2s"))).Verdict);
        Assert.Equal("unconfirmed closed closed", Told(Assert.Single(await _served.ProbeAsync(closes, "grpc"))).Verdict);
    }

    /// <summary>However the client splits what it writes.</summary>
    [Theory]
    [InlineData("\x82\x86\x84", "\x82\x87\x84")]
    [InlineData("\x02\x04HEAD\x86\x84", "\x02\x04HEAD\x87\x84")]
    [InlineData("\x83\x87\x86", "\x83\x87\x86")]
    public void One_octet_is_changed(string fields, string changed)
    {
        string All(string block) => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\x06\x04\0\0\0\0\0\0\x02\0\0\0\0" + $"\0\0{(char)block.Length}\x01\x04\0\0\0\x01{block}" + "\0\0\x01\x01\x04\0\0\0\x03\x86";
        for (var cut = 1; cut <= All(fields).Length; cut++)
        {
            var octet = new SchemeOctet();
            var bytes = System.Text.Encoding.Latin1.GetBytes(All(fields));
            for (var at = 0; at < bytes.Length; at += cut) octet.Change(bytes.AsSpan(at, Math.Min(cut, bytes.Length - at)));
            Assert.Equal(All(changed), System.Text.Encoding.Latin1.GetString(bytes));
        }
    }

    [Fact]
    public void ALPN_goes_by_the_version()
    {
        Assert.Equal(["h2"], new Https { IsVersion2 = true }.Alpn);
        var errors = MtlsProbe.Config.ConfigurationFile.Parse("""
            targets:
            - { name: a, address: a.test, http: { version: "2" }, tls: { alpn: [http/1.1] } }
            - { name: b, address: b.test, tls: { alpn: [h2] } }
            - { name: c, address: c.test, protocol: grpc, tls: { alpn: [] } }
            - { name: d, address: d.test, http: { version: "3" } }
            """, "m.yml", BuiltInProtocols.All).Errors;
        Assert.Equal(
            ["a.tls.alpn", "b.tls.alpn", "c.tls.alpn", "d.http.version"],
            errors.Select(error => error.Where["targets.".Length..]));
    }

    private async Task<(string Verdict, string? Detail)> AskAsync(string protocol) => Told(Assert.Single(await _served.ProbeAsync(_port, protocol)));
}
