using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MtlsProbe.Config;

namespace MtlsProbe.Cli;

/// <summary>The options of <c>mtlsprobe matrix</c> and the rules between them.</summary>
internal sealed class MatrixOptions(Surroundings surroundings)
{
    public const int DefaultRate = 10;

    private const int MostRate = 1000;

    public ConfigFile ConfigFile { get; } = new("The configuration that names targets and identities.", surroundings);

    public TargetChoice Choice { get; } = new();

    public Option<string[]> Identities { get; } = Options.ListOf("--identity", "NAME", "Show only this identity; may be given several times.", Grammar.Name);

    public Option<bool> All { get; } = new("--all")
    {
        Description = "Also probe the pairs that the configuration does not mention, once each and slowly. This presents every credential to every target.",
    };

    /// <summary>Zero if it is absent.</summary>
    public Option<int> Rate { get; } = Options.Of(
        "--rate", "NUMBER", string.Create(CultureInfo.InvariantCulture, $"With --all: handshakes a second, at most {MostRate}. Default: {DefaultRate}."), RateOf);

    /// <summary>Zero if it is absent.</summary>
    public Option<TimeSpan> Timeout { get; } = Options.Of(
        "--timeout", "DURATION", "For each probe, as in 5s or 500ms. Default: what the configuration says.", Grammar.Timeout);

    public Option<string> Output { get; } = Options.OneOf("--output", "Text, one JSON object, or a policy file in YAML.", "text", "text", "json", "policy");

    public Option<string> LogLevel { get; } = Options.LogLevel("warn");

    public void AddTo(Command command)
    {
        foreach (var option in (IReadOnlyList<Option>)[ConfigFile.Option, Choice.Targets, Choice.Labels, Choice.Exclude, Identities, All, Rate, Timeout, Output, LogLevel]) command.Options.Add(option);
        Choice.CompleteFrom(ConfigFile);
        ConfigFile.Complete(Identities.CompletionSources, configuration => configuration.Identities.Select(identity => identity.Name));
        command.Validators.Add(Validate);
    }

    private void Validate(CommandResult command)
    {
        bool Has(Option option) => command.GetResult(option) is { Implicit: false };

        if (Has(Rate) && !Has(All)) command.AddError("--rate goes with --all");
    }

    private static Reading<int> RateOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) && rate is >= 1 and <= MostRate
            ? rate
            : Reading<int>.Wrong("is not a whole number", string.Create(CultureInfo.InvariantCulture, $"from 1 to {MostRate}"));
}
