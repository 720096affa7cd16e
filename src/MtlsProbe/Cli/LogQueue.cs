using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace MtlsProbe.Cli;

/// <summary>
/// Log lines on their way out. One thread writes them; who logs never waits for it. Where nobody reads, as behind a pipe that is full,
/// what does not fit is dropped and counted, and that is told once somebody reads again.
/// </summary>
internal sealed class LogQueue : ILogEventSink, IDisposable
{
    /// <summary>Lines; a burst of a fleet of ten thousand targets fits.</summary>
    public const int Capacity = 16 * 1024;

    /// <summary>How long the end waits for lines that are still to be written.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Queue<LogEvent> _lines = new();
    private readonly ITextFormatter _format;
    private readonly Stream _output;
    private readonly Action<long> _dropped;
    private readonly Thread _thread;
    private long _untold;
    private bool _isOver;

    /// <param name="output">May block for as long as it likes, and may break: then nobody hears of it.</param>
    /// <param name="dropped">Told how many lines more were dropped.</param>
    public LogQueue(ITextFormatter format, Stream output, Action<long> dropped)
    {
        (_format, _output, _dropped) = (format, output, dropped);
        _thread = new Thread(Work) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    public void Emit(LogEvent logEvent)
    {
        lock (_lines)
        {
            if (_isOver) return;
            if (_lines.Count < Capacity)
            {
                _lines.Enqueue(logEvent);
                Monitor.Pulse(_lines);
                return;
            }

            _untold++;
        }

        _dropped(1);
    }

    public void Dispose()
    {
        lock (_lines)
        {
            _isOver = true;
            Monitor.Pulse(_lines);
        }

        _thread.Join(s_patience);
    }

    private void Work()
    {
        while (Next() is { } next)
        {
            try
            {
                _output.Write(s_utf8.GetBytes(Text(next.Line, next.Dropped)));
            }
            catch (Exception) // also what a formatter throws: the thread that writes must not die
            {
                // Nobody listens; there is no other place to say so.
            }
        }
    }

    private string Text(LogEvent line, long dropped)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        if (dropped > 0) _format.Format(Dropped(dropped, line.Timestamp), text);
        _format.Format(line, text);
        return text.ToString();
    }

    private (LogEvent Line, long Dropped)? Next()
    {
        lock (_lines)
        {
            while (_lines.Count == 0)
            {
                if (_isOver) return null;
                Monitor.Wait(_lines);
            }

            // As soon as somebody reads again, so that it is not lost with the lines behind it.
            var dropped = _untold > 0 && _lines.Count < Capacity ? _untold : 0;
            _untold -= dropped;
            return (_lines.Dequeue(), dropped);
        }
    }

    private static LogEvent Dropped(long count, DateTimeOffset at) => new(
        at, LogEventLevel.Warning, null, new Serilog.Parsing.MessageTemplateParser().Parse("{Dropped} lines of this log were dropped because the output was too slow"),
        [new LogEventProperty("Dropped", new ScalarValue(count))]);
}
