using System.Text;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6).</summary>
internal static class HttpConnect
{
    /// <summary>Maximum number of interim responses (1xx) before the final one.</summary>
    private const int MostInterim = 4;

    /// <summary>Response fields that say more than the status; the first one that is present is used: RFC 9209, Squid, RFC 9110 §11.7.1.</summary>
    private static readonly string[] s_telling = ["Proxy-Status", "X-Squid-Error", "Proxy-Authenticate"];

    /// <summary>
    /// Null: the tunnel is open, and no byte after the response was read. Otherwise the proxy's answer, as the continuation of a sentence.
    /// </summary>
    /// <exception cref="MalformedException">The response is not HTTP.</exception>
    /// <exception cref="IOException">The connection ended before the response was complete.</exception>
    public static async Task<string?> AskAsync(Stream proxy, HostPort server, string? username, Secret? password, CancellationToken cancellation)
    {
        var place = ProxyPlace.Of(server);
        await proxy.WriteAsync(Request(place, username, password), cancellation).ConfigureAwait(false);
        var lines = new LineReader(proxy, "");
        for (var interim = 0; interim <= MostInterim; interim++)
        {
            var status = await lines.ReadAsync(cancellation).ConfigureAwait(false);
            var head = HttpHead.Parse(Encoding.Latin1.GetBytes(status + "\n\n"));
            if (head.State != HttpHeadState.Whole) throw new MalformedException($"answered {PlainText.Quote(Encoding.Latin1.GetBytes(status))}, which is not HTTP");
            var fields = new StringBuilder(status).Append('\n');
            while (await lines.ReadAsync(cancellation).ConfigureAwait(false) is { Length: > 0 } field) fields.Append(field).Append('\n');
            if (head.Status is >= 200 and < 300) return null;
            if (head.Status >= 200) return $"answered CONNECT {place} with {PlainText.Quote(Encoding.Latin1.GetBytes(status))}{Telling(fields.ToString())}";
        }

        throw new MalformedException($"sent more than {MostInterim} interim answers");
    }

    private static byte[] Request(string place, string? username, Secret? password)
    {
        var head = new StringBuilder($"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
        if (username is not null) head.Append("Proxy-Authorization: Basic ").Append(Basic(username, password)).Append("\r\n"); // RFC 7617 §2
        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }

    private static string Basic(string username, Secret? password) => Convert.ToBase64String([.. Encoding.UTF8.GetBytes(username), (byte)':', .. (password?.Bytes ?? default).Span]);

    private static string Telling(string head)
    {
        var bytes = Encoding.Latin1.GetBytes(head);
        foreach (var name in s_telling)
        {
            if (HttpHead.Field(bytes, name) is { Length: > 0 } value) return $" and {name}: {PlainText.Quote(Encoding.Latin1.GetBytes(value))}";
        }

        return "";
    }
}
