using System.Text;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>The words of a proxy. The first byte of an input selects the protocol, and whether we have a password.</summary>
internal sealed class ProxyEntry : FuzzEntry
{
    private static readonly Secret s_password = new(Encoding.ASCII.GetBytes("hunter2"));

    public override string Name => "proxy";

    public override string Does => "words of a proxy: the first byte selects HTTP or SOCKS 5, with or without a user";

    public override int MostBytes => 70 * 1024;

    public override IReadOnlyList<string> Tokens => [.. HttpEntry.Words, "\x05", "\x05\0", "\x05\x02", "\x01\0", "\x05\xff", "\x05\0\0\x01", "\x05\0\0\x03", "\x05\0\0\x04", "Proxy-Status: ", "X-Squid-Error: "];

    public override IReadOnlyList<string> Reached => ["http: the way is open", "socks: the way is open", "http: answered CONNECT", "socks: answered CONNECT"];

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var said in (string[])["HTTP/1.1 200 Connection established\r\nVia: a\r\n\r\n", "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"a\"\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 502 Bad Gateway\n\n"])
        {
            yield return [0, .. SeedDialogues.Bytes(said)];
            yield return [1, .. SeedDialogues.Bytes(said)];
        }

        foreach (var said in (string[])["\x05\0\x05\0\0\x01\0\0\0\0\0\0", "\x05\0\x05\0\0\x03\x04host\0\0", "\x05\0\x05\x05\0\x01\0\0\0\0\0\0", "\x05\xff"]) yield return [2, .. SeedDialogues.Bytes(said)];
        yield return [3, .. SeedDialogues.Bytes("\x05\x02\x01\0\x05\0\0\x01\0\0\0\0\0\0")];
        yield return [3, .. SeedDialogues.Bytes("\x05\x02\x01\x01")];
    }

    public override string Run(byte[] input)
    {
        if (input.Length == 0) return "nothing";
        var (isSocks, hasUser) = ((input[0] & 2) != 0, (input[0] & 1) != 0);
        var said = input[1..];
        var (answer, taken) = Once(isSocks, hasUser, said, said.Length);
        foreach (var piece in said.Length > 4096 ? (int[])[1000] : [1, 7])
        {
            var inPieces = Once(isSocks, hasUser, said, piece);
            Claim.Holds(inPieces == (answer, taken), $"in pieces the answer is different: {inPieces}; at once: {(answer, taken)}");
        }

        return $"{(isSocks ? "socks" : "http")}: {(answer.StartsWith("answered CONNECT", StringComparison.Ordinal) ? "answered CONNECT" : answer.Contains("(hexadecimal)", StringComparison.Ordinal) ? "no SOCKS 5" : answer.Split('"')[0])}";
    }

    /// <summary>The answer, and how many of its bytes were read if the proxy connects: the bytes after it belong to the server.</summary>
    private static (string Answer, int Taken) Once(bool isSocks, bool hasUser, byte[] said, int piece)
    {
        using var proxy = new SaidBytes(said, piece);
        var server = new HostPort(SeedPki.ServerName, 443);
        var (user, password) = hasUser ? ("me", s_password) : (null, null);
        try
        {
            var refused = (isSocks
                ? Socks5.AskAsync(proxy, server, user, password, CancellationToken.None)
                : HttpConnect.AskAsync(proxy, server, user, password, CancellationToken.None)).GetAwaiter().GetResult();
            return refused is null ? ("the way is open", proxy.Taken) : (Checked(refused), 0);
        }
        catch (MalformedException e)
        {
            return (Checked(e.Message).Split('"')[0], 0);
        }
        catch (IOException)
        {
            return ("no answer", 0);
        }
    }

    private static string Checked(string detail)
    {
        Claim.Visible(detail, "the detail", 3000);
        Claim.Holds(!detail.Contains("hunter2", StringComparison.Ordinal), "the password is shown");
        return detail;
    }
}
