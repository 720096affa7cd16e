using System.Text.Json;
using MtlsProbe.Cli;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace MtlsProbe.Tests.Cli;

public sealed class LogFormatsTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 20, 19, 0, 0, 125, TimeSpan.FromHours(1));

    [Fact]
    public void A_line_for_programs_is_one_object_with_plain_field_names()
    {
        var line = Line(new JsonLogFormat(), LogEventLevel.Warning, "{Target} went bad: {Reason}",
            ("Target", "payments"), ("Reason", "certificate_expired"), ("ExpiresAt", At), ("Attempts", 3), ("Alert", null), ("SourceContext", "X"));

        using var json = JsonDocument.Parse(line);
        Assert.Equal(
            ["timestamp", "level", "message", "target", "reason", "expires_at", "attempts", "alert"],
            json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("2026-11-20T18:00:00.125Z", json.RootElement.GetProperty("timestamp").GetString());
        Assert.Equal("warn", json.RootElement.GetProperty("level").GetString());
        Assert.Equal("payments went bad: certificate_expired", json.RootElement.GetProperty("message").GetString());
        Assert.Equal("2026-11-20T18:00:00.125Z", json.RootElement.GetProperty("expires_at").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("attempts").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("alert").ValueKind);
    }

    [Fact]
    public void A_line_for_people_has_the_time_in_UTC_the_level_and_the_sentence()
    {
        var line = Line(new TextLogFormat(), LogEventLevel.Information, "{Target} is well again", ("Target", "payments"));

        Assert.Equal("2026-11-20T18:00:00.125Z info  payments is well again\n", line);
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("two\r\nlines")]
    [InlineData("two\u0085lines")]
    [InlineData("two\u2028lines")]
    [InlineData("red \u001b[31m text")]
    public void Text_of_a_peer_can_neither_begin_a_line_nor_control_a_terminal(string hostile)
    {
        foreach (var format in new ITextFormatter[] { new TextLogFormat(), new JsonLogFormat() })
        {
            var line = Line(format, LogEventLevel.Error, "Issuer {Issuer}", ("Issuer", hostile));

            Assert.EndsWith("\n", line, StringComparison.Ordinal);
            Assert.DoesNotContain(line[..^1], character => char.IsControl(character) || character is '\u2028');
        }
    }

    [Fact]
    public void An_exception_is_written_with_its_line()
    {
        var fault = new InvalidOperationException("broken");

        Assert.Contains("broken", Line(new TextLogFormat(), LogEventLevel.Error, "Fault", fault), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Line(new JsonLogFormat(), LogEventLevel.Error, "Fault", fault));
        Assert.Contains("broken", json.RootElement.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    private static string Line(ITextFormatter format, LogEventLevel level, string template, params (string Name, object? Value)[] properties) =>
        Line(format, level, template, null, properties);

    private static string Line(
        ITextFormatter format, LogEventLevel level, string template, Exception? fault, params (string Name, object? Value)[] properties)
    {
        var text = new StringWriter { NewLine = "\n" };
        format.Format(new LogEvent(At, level, fault, new MessageTemplateParser().Parse(template),
            properties.Select(property => new LogEventProperty(property.Name, new ScalarValue(property.Value)))), text);
        return text.ToString();
    }
}
