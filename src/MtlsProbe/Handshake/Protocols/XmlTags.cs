using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>
/// Reads a stream of XML tag by tag, and no byte beyond. It supports no entities, and only knows that a tag ends with <c>&gt;</c> outside quotes:
/// nothing beyond what XMPP allows (RFC 6120 §11.1) is understood.
/// </summary>
internal sealed class XmlTags(Stream stream)
{
    /// <summary>Maximum bytes of everything that is read.</summary>
    private const int MaxTotal = 64 * 1024;

    private readonly byte[] _one = new byte[1];
    private readonly StringBuilder _text = new();
    private int _total;

    /// <summary>The text before the last tag.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The next tag without its angle brackets: <c>stream:features</c>, <c>/starttls</c>, <c>proceed xmlns='…'/</c>.</summary>
    /// <exception cref="EndOfStreamException">The server closed.</exception>
    /// <exception cref="MalformedException">It is not XML, or there is too much of it.</exception>
    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        _text.Clear();
        while (await NextAsync(cancellation).ConfigureAwait(false) is var c && c != '<') _text.Append(c);
        Text = _text.ToString();
        _text.Clear();
        var quote = '\0';
        while (true)
        {
            var c = await NextAsync(cancellation).ConfigureAwait(false);
            if (quote == '\0' && c == '>') return _text.ToString();
            if (quote == '\0' ? c is '\'' or '"' : c == quote) quote = quote == '\0' ? c : '\0';
            _text.Append(c);
        }
    }

    /// <summary>The name of a tag without its prefix; the slash of an end tag is kept.</summary>
    public static string LocalName(string tag)
    {
        var end = tag.AsSpan().IndexOfAny(" \t\r\n");
        var name = (end < 0 ? tag : tag[..end]).TrimEnd('/');
        var slash = name.StartsWith('/') ? "/" : "";
        return slash + name[(name.LastIndexOf(':') + 1)..].TrimStart('/');
    }

    private async ValueTask<char> NextAsync(CancellationToken cancellation)
    {
        if (++_total > MaxTotal) throw new MalformedException("the server sent more than 64 KiB without an end");
        await stream.ReadExactlyAsync(_one, cancellation).ConfigureAwait(false);
        if (_total == 1 && _one[0] != '<') throw new MalformedException($"the server answered {MtlsProbe.Text.PlainText.Quote(_one)}, which is not XML");
        return (char)_one[0];
    }
}
