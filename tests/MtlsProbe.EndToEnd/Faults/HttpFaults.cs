using System.Net.Security;
using System.Security.Authentication;
using System.Text;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>Servers that accept every client in the handshake and then answer the request in all possible ways.</summary>
internal static class HttpFaults
{
    private const string Accepted = "accepted";
    private const string Refused = "rejected client_certificate http_status";
    private const string Empty = "Content-Length: 0\r\n\r\n";

    public static IReadOnlyList<Fault> All { get; } =
    [
        Answers("answers 200", Accepted, $"HTTP/1.1 200 OK\r\n{Empty}"),
        Answers("answers 204 in HTTP 1.0", Accepted, "HTTP/1.0 204 No Content\r\n\r\n"),
        Answers("answers 103 and then 200", Accepted, $"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n{Empty}"),
        Answers("answers 100 and then 403", Refused, $"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\n{Empty}"),
        Answers("answers 301", Accepted, $"HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\n{Empty}"),
        Answers("answers 404", Accepted, $"HTTP/1.1 404 Not Found\r\n{Empty}"),
        Answers("answers 500", Accepted, $"HTTP/1.1 500 Internal Server Error\r\n{Empty}"),
        Answers("answers 401", Refused, $"HTTP/1.1 401 Unauthorized\r\n{Empty}"),
        Answers("answers 403", Refused, $"HTTP/1.1 403 Forbidden\r\n{Empty}"),
        Answers("answers 495", Refused, $"HTTP/1.1 495 SSL Certificate Error\r\n{Empty}"),
        Answers("answers 496", Refused, $"HTTP/1.1 496 SSL Certificate Required\r\n{Empty}"),
        Answers("answers 400 with words on the certificate", Refused, Bad("<h1>400</h1> The SSL certificate error")),
        Answers("answers 400 with words on the certificate, in chunks", Refused,
            "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nNo required SSL \r\n14\r\ncertificate was sent\r\n0\r\n\r\n"),
        Answers("answers 400 with other words", Accepted, Bad("the request is malformed")),
        Answers("answers 400 without a body", Accepted, Bad("")),
        Answers("answers 200 with words on the certificate", Accepted, "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nbad certificate"),
        Answers("answers 200 in chunks", Accepted, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),

        // An expected status takes precedence over the usual meaning of 401 or 403, and over nothing else.
        Answers("answers 403 as expected", Accepted, $"HTTP/1.1 403 Forbidden\r\n{Empty}") with { ExpectStatus = "[403]" },
        Answers("answers 495 as expected", Refused, $"HTTP/1.1 495 SSL Certificate Error\r\n{Empty}") with { ExpectStatus = "[495]" },
        Answers("answers 400 with words on the certificate as expected", Refused, Bad("The SSL certificate error")) with { ExpectStatus = "[400]" },
        Answers("answers 421", "failed protocol misdirected", $"HTTP/1.1 421 Misdirected Request\r\n{Empty}") with { ExpectStatus = "[421]" },
        Answers("answers 500 against expectation", "accepted application unexpected_status", $"HTTP/1.1 500 Internal Server Error\r\n{Empty}")
            with { ExpectStatus = "[200-399]" },

        Answers("answers with headers of 20 kB", Accepted, $"HTTP/1.1 200 OK\r\nX-Long: {new string('x', 20_000)}\r\n{Empty}"),
        Http("answers with headers without end", "unconfirmed application not_http", async (_, tls) =>
        {
            await tls.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray());
            while (true) await tls.WriteAsync("X-More: and more and more and more\r\n"u8.ToArray());
        }),
        Http("answers with a body without end", Accepted, async (_, tls) =>
        {
            await tls.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
            while (true) await tls.WriteAsync(new byte[4096]);
        }),
        Http("answers 400 with a body without end", Accepted, async (_, tls) =>
        {
            await tls.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            while (true) await tls.WriteAsync(new byte[4096]);
        }),
        Http("answers in dribbles", Accepted, async (client, tls) =>
        {
            foreach (var piece in Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{Empty}"))
            {
                await tls.WriteAsync(new[] { piece });
                await client.Wait(TimeSpan.FromMilliseconds(5));
            }

            await client.Silence();
        }),
        Answers("answers in another protocol", "unconfirmed application not_http", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),

        // Tickets arrived, the silence passed, the request was sent: only an answer would show whether the server accepts us.
        Http("closes instead of an answer", "unconfirmed application closed", (client, _) => client.Close()),
        Http("resets instead of an answer", "unconfirmed application closed", (client, _) =>
        {
            client.Reset();
            return Task.CompletedTask;
        }),
        Http("closes in the middle of its answer", "unconfirmed application closed", async (client, tls) =>
        {
            await tls.WriteAsync("HTTP/1.1 200 O"u8.ToArray());
            await client.Close();
        }),
        Http("never answers", "unconfirmed application timeout", (client, _) => client.Silence()) with { Timeout = "3s" },

        // The same from a server that never asked for a certificate. It cannot refuse a certificate, and accepts any client.
        Http("answers 403 and never asked for a certificate", "accepted enforcement not_requested", (_, tls) =>
            tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 403 Forbidden\r\n{Empty}")).AsTask(), ask: false),

        // A refusal that comes before an answer or instead of it, as .NET does it.
        new Fault("closes 300 ms after the handshake without reading the request", "rejected client_certificate closed_without_alert", async client =>
        {
            await client.Handshake(SslProtocols.Tls13);
            await client.Wait(TimeSpan.FromMilliseconds(300));
            await client.Close();
        })
        { Protocol = "https", Version = "1.3" },
    ];

    private static string Bad(string body) => $"HTTP/1.1 400 Bad Request\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static Fault Answers(string name, string verdict, string answer) => Http(name, verdict, async (client, tls) =>
    {
        await tls.WriteAsync(Encoding.ASCII.GetBytes(answer));
        await client.Close();
    });

    /// <param name="then">Runs once the whole request has arrived.</param>
    private static Fault Http(string name, string verdict, Func<Connection, SslStream, Task> then, bool ask = true) => new(name, verdict, async client =>
    {
        var tls = await client.Handshake(SslProtocols.Tls12 | SslProtocols.Tls13, ask: ask);
        var request = "";
        var buffer = new byte[4096];
        while (!request.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await tls.ReadAsync(buffer);
            if (count == 0) return;
            request += Encoding.ASCII.GetString(buffer, 0, count);
        }

        await then(client, tls);
    })
    { Protocol = "https" };
}
