using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>
/// The part of the response to one HTTP/1.1 request that the verdict needs: the final status and, for a 400, whether the body mentions the
/// certificate. Interim responses (1xx) are skipped. Everything is bounded, because the server can be hostile.
/// </summary>
internal sealed class HttpExchange(Stream session, Https https)
{
    /// <summary>Maximum bytes of the heads of all responses, including interim ones.</summary>
    private const int MaxHead = 64 * 1024;

    /// <summary>How much of the body of a 400 is searched.</summary>
    public const int MaxBody = 16 * 1024;

    private const int ChunkSize = 4096;

    private const string Word = "certificate";

    /// <summary>The header fields that show who answers (RFC 9110 §10.2.4, §7.6.3, §11.7.1).</summary>
    private static readonly string[] s_speakers = ["Proxy-Authenticate", "Server", "Via"];

    private byte[] _bytes = new byte[ChunkSize];
    private int _length;

    /// <summary>Null if the session ended before the head did.</summary>
    public async Task<ServerAnswer?> ReadAsync(CancellationToken cancellation)
    {
        var (start, scanned) = (0, 0); // a server may send the bytes one by one: the search continues where it ended
        while (true)
        {
            var head = _length == start ? default : HttpHead.Parse(_bytes.AsSpan(start, _length - start), scanned);
            if (head.State == HttpHeadState.NotHttp) return NotHttp("the server answered " + PlainText.Quote(_bytes.AsSpan(start, _length - start)));
            if (head.State == HttpHeadState.Whole && start + head.Length <= MaxHead)
            {
                if (head.Status is < 100 or >= 200 or 101) return await FinalAsync(head.Status, start, start + head.Length, cancellation).ConfigureAwait(false);
                (start, scanned) = (start + head.Length, 0);
                continue;
            }

            scanned = _length - start;

            if (_length > MaxHead) return NotHttp("the header of the response has no end within 64 KiB");
            if (!await MoreAsync(cancellation).ConfigureAwait(false)) return null;
        }
    }

    /// <param name="head">Where the head of the final response begins.</param>
    /// <param name="body">Where its body begins. Responses to HEAD have none.</param>
    private async Task<ServerAnswer> FinalAsync(int status, int head, int body, CancellationToken cancellation)
    {
        bool? speaks = status != 400 ? false : https.Method == "HEAD" ? null : await SpeaksOfCertificateAsync(head, body, cancellation).ConfigureAwait(false);
        return https.Answered(status, speaks, $"the server answered with HTTP status {status}{Speaker(status, name => HttpHead.Field(_bytes.AsSpan(head, body - head), name))}")
            with { Date = HttpDate.Of(name => HttpHead.Fields(_bytes.AsSpan(head, body - head), name)) };
    }

    /// <summary>Who answered, by its own header fields, if that can be a proxy in front of the service; empty if they do not say.</summary>
    /// <param name="field">Returns the value of a field; null if there is none.</param>
    public static string Speaker(int status, Func<string, string?> field)
    {
        if (status is not (407 or 421 or 502 or 503 or 504)) return "";
        List<string> said = [];
        foreach (var name in s_speakers)
        {
            if (field(name) is { } value) said.Add($"{name}: {PlainText.Quote(Encoding.Latin1.GetBytes(value))}");
        }

        return said.Count == 0 ? "" : $" ({string.Join(", ", said)})";
    }

    /// <summary>Null if the body broke off before its end without mentioning it.</summary>
    private async Task<bool?> SpeaksOfCertificateAsync(int head, int body, CancellationToken cancellation)
    {
        var length = HttpHead.ContentLength(_bytes.AsSpan(head, body - head));
        var chunks = HttpHead.IsChunked(_bytes.AsSpan(head, body - head)) ? new ChunkedBody() : null;
        var searched = body;
        while (true)
        {
            // Data after the body are not part of it, and may or may not have arrived.
            var count = _length - body;
            var end = chunks is null ? length : chunks.End(_bytes.AsSpan(body, count));
            var till = body + (int)Math.Min(count, Math.Min(end ?? MaxBody, MaxBody));

            // A word can arrive in two parts.
            var from = Math.Max(body, searched - Word.Length);
            if (Encoding.Latin1.GetString(_bytes, from, till - from).Contains(Word, StringComparison.OrdinalIgnoreCase)) return true;
            searched = till;
            if (count >= MaxBody || count >= end) return false;
            try
            {
                if (!await MoreAsync(cancellation).ConfigureAwait(false)) return length is null && chunks is null ? false : null;
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                return null;
            }
        }
    }

    private async ValueTask<bool> MoreAsync(CancellationToken cancellation)
    {
        if (_bytes.Length - _length < ChunkSize) Array.Resize(ref _bytes, _bytes.Length * 2);
        var count = await session.ReadAsync(_bytes.AsMemory(_length), cancellation).ConfigureAwait(false);
        _length += count;
        return count > 0;
    }

    private static ServerAnswer NotHttp(string detail) => new(AnswerKind.NotUnderstood, Evidence.ApplicationData, detail);
}
