using System.Text;
using MtlsProbe.Text;

namespace MtlsProbe.Handshake;

/// <summary>
/// Reads the lines of one conversation, and no byte after the last requested one: plain text after it must not be mistaken for data inside TLS.
/// </summary>
/// <param name="who">The subject of messages about a peer that exceeds a limit.</param>
internal sealed class LineReader(Stream stream, string who = "the server ")
{
    /// <summary>Maximum bytes of a line. The standards allow 512 (RFC 5321 §4.5.3.1.5, RFC 3977 §3.1); lists of capabilities are longer.</summary>
    private const int MaxLine = 8 * 1024;

    private const int MaxLines = 256;

    /// <summary>Maximum bytes of all lines together.</summary>
    private const int MaxTotal = 64 * 1024;

    private readonly byte[] _one = new byte[1];
    private int _lines;
    private int _total;

    /// <summary>The next line without its end, one character per byte.</summary>
    /// <exception cref="EndOfStreamException">The server closed before it.</exception>
    /// <exception cref="MalformedException">It has no end within the limits.</exception>
    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        if (++_lines > MaxLines) throw new MalformedException($"{who}sent more than {MaxLines} lines without an end");
        var line = new StringBuilder();
        while (true)
        {
            await stream.ReadExactlyAsync(_one, cancellation).ConfigureAwait(false);
            if (_one[0] == '\n') break;
            line.Append((char)_one[0]);
            if (line.Length > MaxLine || ++_total > MaxTotal) throw new MalformedException($"{who}sent {PlainText.Quote(Encoding.Latin1.GetBytes(line.ToString()))} without an end");
        }

        return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
    }

    /// <summary>Sends a line.</summary>
    public ValueTask SayAsync(string line, CancellationToken cancellation) => stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellation);
}
