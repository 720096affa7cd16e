using System.Globalization;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>
/// One HTTP/1.1 request and as much of its answer as the verdict needs: the final status, and for a 400 whether the body speaks of
/// the certificate. Interim answers (1xx) are passed over. Everything is bounded: the server may be anybody.
/// </summary>
internal sealed class HttpExchange(Wire wire)
{
    /// <summary>The heads of all answers, interim ones too.</summary>
    private const int MaxHead = 64 * 1024;

    /// <summary>How much of a 400's body is searched.</summary>
    private const int MaxBody = 16 * 1024;

    private const int ChunkSize = 4096;

    /// <summary>The end of a chunked body (RFC 9112 §7.1).</summary>
    private const string LastChunk = "0\r\n\r\n";

    /// <summary>The fields of a head that show who speaks (RFC 9110 §10.2.4, §7.6.3, §11.7.1).</summary>
    private static readonly string[] s_speakers = ["Proxy-Authenticate", "Server", "Via"];

    private byte[] _bytes = new byte[ChunkSize];
    private int _length;

    /// <summary>Bytes of an answer have come, whole or not.</summary>
    public bool AnswerBegun => _length > 0;

    /// <summary>The request as it goes out.</summary>
    public static byte[] Request(Target target)
    {
        var host = target.ServerName.Contains(':', StringComparison.Ordinal) ? $"[{target.ServerName}]" : target.ServerName;
        var port = target.Address.Port == 443 ? "" : ":" + target.Address.Port.ToString(CultureInfo.InvariantCulture);
        var length = target.Http.Method is "GET" or "HEAD" or "OPTIONS" ? "" : "Content-Length: 0\r\n";
        return Encoding.ASCII.GetBytes(
            $"{target.Http.Method} {target.Http.Path} HTTP/1.1\r\nHost: {host}{port}\r\nUser-Agent: MtlsProbe\r\nAccept: */*\r\n{length}Connection: close\r\n\r\n");
    }

    /// <param name="hasBody">Whether answers to this request have bodies; those to HEAD have none.</param>
    public async Task<Ending> RunAsync(ReadOnlyMemory<byte> request, bool hasBody, CancellationToken cancellation)
    {
        if (await wire.WriteAsync(Phase.Application, request, cancellation).ConfigureAwait(false) is { } failed) return failed;

        var final = await FinalHeadAsync(cancellation).ConfigureAwait(false);
        if (final.Ending is { } ending) return ending;
        bool? speaks = final.Status != 400 ? false : hasBody ? await SpeaksOfCertificateAsync(final.Head, final.Body, cancellation).ConfigureAwait(false) : null;
        return new Ending(Phase.Application, EndingKind.HttpAnswer, $"the server answered with HTTP status {final.Status}{Speaker(final.Status, final.Head, final.Body)}")
        {
            Http = new HttpAnswer(final.Status, speaks),
        };
    }

    /// <summary>Who answered, by his own words, where somebody in front of the service may have; empty where he does not say.</summary>
    private string Speaker(int status, int head, int body)
    {
        if (status is not (407 or 421 or 502 or 503 or 504)) return "";
        List<string> said = [];
        foreach (var name in s_speakers)
        {
            if (HttpHead.Field(_bytes.AsSpan(head, body - head), name) is { } value) said.Add($"{name}: {PlainText.Quote(Encoding.Latin1.GetBytes(value))}");
        }

        return said.Count == 0 ? "" : $" ({string.Join(", ", said)})";
    }

    /// <summary>The status of the first answer that is not interim, and where its head and its body begin.</summary>
    private async Task<(int Status, int Head, int Body, Ending? Ending)> FinalHeadAsync(CancellationToken cancellation)
    {
        var start = 0;
        while (true)
        {
            var head = _length == start ? default : HttpHead.Parse(_bytes.AsSpan(start, _length - start));
            if (head.State == HttpHeadState.NotHttp) return (0, 0, 0, NotHttp("the server answered " + PlainText.Quote(_bytes.AsSpan(start, _length - start))));
            if (head.State == HttpHeadState.Whole)
            {
                if (head.Status is < 100 or >= 200 or 101) return (head.Status, start, start + head.Length, null);
                start += head.Length;
                continue;
            }

            if (_length > MaxHead) return (0, 0, 0, NotHttp("the header of the answer has no end within 64 KiB"));
            if (await MoreAsync(cancellation).ConfigureAwait(false) is not { } ending) continue;
            return (0, 0, 0, ending.Kind == EndingKind.RequestUnanswered && AnswerBegun
                ? ending with { Detail = "the server closed the connection in the middle of its answer", ClosedAfter = null, AnswerBegun = true }
                : ending);
        }
    }

    /// <summary>Null when the body broke off before its end, and before it had spoken of it.</summary>
    private async Task<bool?> SpeaksOfCertificateAsync(int head, int body, CancellationToken cancellation)
    {
        var length = HttpHead.ContentLength(_bytes.AsSpan(head, body - head));
        while (true)
        {
            var text = Encoding.Latin1.GetString(_bytes, body, _length - body);
            if (text.Contains("certificate", StringComparison.OrdinalIgnoreCase)) return true;
            if (text.Length >= MaxBody || text.Length >= length || (length is null && text.EndsWith(LastChunk, StringComparison.Ordinal))) return false;
            try
            {
                if (await MoreAsync(cancellation).ConfigureAwait(false) is { } ending) return length is null && ending.SocketError is null ? false : null;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private async Task<Ending?> MoreAsync(CancellationToken cancellation)
    {
        if (_bytes.Length - _length < ChunkSize) Array.Resize(ref _bytes, _bytes.Length * 2);
        while (true)
        {
            var (count, ending) = await wire.ReadAsync(Phase.Application, _bytes.AsMemory(_length), cancellation).ConfigureAwait(false);
            _length += count;
            if (ending is not null || count > 0) return ending;
            if (await wire.TakeInputAsync(Phase.Application, cancellation).ConfigureAwait(false) is { } closed) return closed;
        }
    }

    private static Ending NotHttp(string detail) => new(Phase.Application, EndingKind.NotHttp, detail);
}
