using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>The answer to a request of HTTP/1.1, whole and in pieces.</summary>
internal sealed class HttpEntry : FuzzEntry
{
    public static readonly IReadOnlyList<string> Words =
    [
        "HTTP/1.1 ", "HTTP/1.0 ", "HTTP/2 ", "\r\n", "\n", "\r\n\r\n", "100", "101", "200", "400", "403", "407", "421", "495", "496", "503", "Content-Length: ", "content-length:", "Transfer-Encoding: chunked",
        "Server: ", "Via: ", "Proxy-Authenticate: ", "0\r\n\r\n", "certificate", "CERTIFICATE", "\0", "\u001b[2J",
    ];

    public override string Name => "http";

    public override string Does => "an answer of HTTP/1.1 with its body";

    public override int MostBytes => 128 * 1024;

    public override IReadOnlyList<string> Tokens => Words;

    public override IReadOnlyList<string> Reached => ["LetIn the server answered with HTTP status 0", "Refused the server answered with HTTP status 0 / Unclear the server answered with HTTP status 0"];

    public override IEnumerable<byte[]> Seeds() => SeedDialogues.Said["https"].Select(SeedDialogues.Bytes);

    public override string Run(byte[] input) => string.Join(" / ", ((string[])["GET", "HEAD"]).Select(method => Dialogue.Run(new Https { Method = method }, isBefore: false, input)).Distinct());
}
