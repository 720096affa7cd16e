using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace MtlsProbe.Cli;

/// <summary>
/// The queue of log lines. One thread writes them, and code that logs never waits for it. If the output is blocked, for example by a full pipe, lines
/// that do not fit are dropped and counted. Their number is logged when the output continues.
/// </summary>
internal sealed class LogQueue : ILogEventSink, IDisposable
{
    /// <summary>In lines: enough for a burst from ten thousand targets.</summary>
    public const int Capacity = 16 * 1024;

    /// <summary>How long the end of the process waits for lines that are still to be written.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Queue<LogEvent> _lines = new();
    private readonly ITextFormatter _format;
    private readonly Stream _output;
    private readonly Action<long> _dropped;
    private readonly Thread _thread;
    private long _untold;
    private bool _isOver;

    /// <param name="output">It can block for any time, and can break: this cannot be reported.</param>
    /// <param name="dropped">Called with the number of further dropped lines.</param>
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
            catch (Exception) // even exceptions of a formatter: the thread that writes must not die
            {
                // The output is broken; there is no other place to report it.
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

            // As soon as the output continues, so that this is not lost with the lines after it.
            var dropped = _untold > 0 && _lines.Count < Capacity ? _untold : 0;
            _untold -= dropped;
            return (_lines.Dequeue(), dropped);
        }
    }

    private static LogEvent Dropped(long count, DateTimeOffset at) => new(
        at, LogEventLevel.Warning, null, new Serilog.Parsing.MessageTemplateParser().Parse("{Dropped} lines of this log were dropped because the output was too slow"),
        [new LogEventProperty("Dropped", new ScalarValue(count))]);
}
