using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MtlsProbe.Config;

namespace MtlsProbe.Cli;

/// <summary>The options of <c>mtlsprobe forecast</c> and the rules between them.</summary>
internal sealed class ForecastOptions(Surroundings surroundings)
{
    private static readonly string[] s_dates = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd HH:mm:ss'Z'", "yyyy-MM-dd HH:mm'Z'"];

    public ConfigFile ConfigFile { get; } = new("The configuration that names the targets.", surroundings);

    public Option<TimeSpan> Within { get; } = Options.Of("--within", "DURATION", "Look this far ahead, as in 30d. Default: 30d.", Grammar.Time);

    public Option<DateTimeOffset?> At { get; } = Options.Of("--at", "DATE", "Look ahead to this date, as in 2027-03-31 (the end of that day) or 2027-03-31T12:00:00Z.", Date);

    public Option<string?> Without { get; } = Options.Of(
        "--without", "CERT", "Show what fails without this certificate, here and at the servers: a PEM file, or the SHA-256, serial number or subject of a known certificate.", Grammar.FilePath);

    public TargetChoice Choice { get; } = new();

    /// <summary>Zero if it is absent.</summary>
    public Option<TimeSpan> Timeout { get; } = Options.Of("--timeout", "DURATION", "For each probe, as in 5s or 500ms. Default: what the configuration says.", Grammar.Timeout);

    public Option<string> Output { get; } = Options.OneOf("--output", "Text, or one JSON object.", "text", "text", "json");

    public Option<string> LogLevel { get; } = Options.LogLevel("warn");

    public void AddTo(Command command)
    {
        foreach (var option in (IReadOnlyList<Option>)[ConfigFile.Option, Within, At, Without, Choice.Targets, Choice.Labels, Choice.Exclude, Timeout, Output, LogLevel]) command.Options.Add(option);
        Choice.CompleteFrom(ConfigFile);
        command.Validators.Add(Validate);
    }

    /// <summary>A whole day, or a second in it; UTC.</summary>
    public static Reading<DateTimeOffset?> Date(string text)
    {
        if (!DateTimeOffset.TryParseExact(text, s_dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date))
            return Reading<DateTimeOffset?>.Wrong("is not a date", "write 2027-03-31, or 2027-03-31T12:00:00Z; always UTC");
        return text.Length == s_dates[0].Length ? date.AddDays(1).AddSeconds(-1) : date;
    }

    private void Validate(CommandResult command)
    {
        bool Has(Option option) => command.GetResult(option) is { Implicit: false };

        if (Has(Within) && Has(At)) command.AddError("--within and --at exclude each other");
        if (Has(Without) && (Has(Within) || Has(At))) command.AddError("--without shows what fails at once: omit --within and --at");
    }
}
