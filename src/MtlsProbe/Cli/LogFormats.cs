using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MtlsProbe.Text;
using Serilog.Events;
using Serilog.Formatting;

namespace MtlsProbe.Cli;

/// <summary>A log line for people: time in UTC, level, message.</summary>
internal sealed class TextLogFormat : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(LogFields.Timestamp(logEvent));
        output.Write(' ');
        output.Write(LogFields.Level(logEvent).PadRight(5));
        output.Write(' ');
        output.WriteLine(LogFields.Message(logEvent));
        if (logEvent.Exception is { } exception) output.WriteLine(exception);
    }
}

/// <summary>A log line for programs: one JSON object with timestamp, level, message and the event's fields.</summary>
internal sealed class JsonLogFormat : ITextFormatter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", LogFields.Timestamp(logEvent));
            json.WriteString("level", LogFields.Level(logEvent));
            json.WriteString("message", LogFields.Message(logEvent));
            foreach (var (name, value) in logEvent.Properties)
            {
                if (name is "SourceContext" or "EventId") continue;
                json.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(name));
                Write(json, value);
            }

            if (logEvent.Exception is { } exception) json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void Write(Utf8JsonWriter json, LogEventPropertyValue property)
    {
        switch ((property as ScalarValue)?.Value)
        {
            case null when property is ScalarValue:
                json.WriteNullValue();
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case DateTimeOffset time:
                json.WriteStringValue(LogFields.Timestamp(time));
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            default:
                json.WriteStringValue(LogFields.Text(property));
                break;
        }
    }
}

/// <summary>The common parts of both formats.</summary>
internal static class LogFields
{
    public static string Timestamp(LogEvent logEvent) => Timestamp(logEvent.Timestamp);

    public static string Timestamp(DateTimeOffset time) => Times.IsoMilliseconds(time);

    public static string Level(LogEvent logEvent) => logEvent.Level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warn",
        _ => "error",
    };

    public static string Text(LogEventPropertyValue property) => property switch
    {
        ScalarValue { Value: string text } => text,
        ScalarValue { Value: DateTimeOffset time } => Timestamp(time),
        _ => property.ToString(null, CultureInfo.InvariantCulture),
    };

    /// <summary>The message on one line, harmless to a terminal; texts in it are not quoted.</summary>
    public static string Message(LogEvent logEvent)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is Serilog.Parsing.PropertyToken { PropertyName: var name } && logEvent.Properties.TryGetValue(name, out var value))
                text.Write(Text(value));
            else token.Render(logEvent.Properties, text, CultureInfo.InvariantCulture);
        }

        return string.Create(text.GetStringBuilder().Length, text.ToString(), (line, message) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(message[i]) || message[i] is '\u2028' or '\u2029' ? ' ' : message[i];
        });
    }
}
