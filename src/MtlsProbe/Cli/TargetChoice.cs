using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>The options that select targets of the configuration. If several are given, a target must match all of them.</summary>
internal sealed class TargetChoice
{
    private const int LabelsNamed = 10;

    public Option<string[]> Targets { get; } = Options.ListOf("--target", "NAME", "Only this target; may be given several times.", Grammar.TargetName);

    public Option<Label[]> Labels { get; } = Options.ListOf("--label", "NAME=VALUE", "Only targets with this label; may be given several times, then all labels have to match.", LabelOf);

    public Option<string[]> Exclude { get; } = Options.ListOf("--exclude", "NAME", "Not this target; may be given several times.", Grammar.TargetName);

    /// <summary>Completes them with the content of the configuration.</summary>
    public void CompleteFrom(ConfigFile file)
    {
        foreach (var option in (IReadOnlyList<Option>)[Targets, Exclude]) file.Complete(option.CompletionSources, configuration => configuration.Targets.Select(target => target.Name));
        file.Complete(Labels.CompletionSources, configuration => configuration.Targets.SelectMany(target => target.Labels).Select(label => $"{label.Name}={label.Value}"));
    }

    /// <summary>The chosen targets, in the order of the configuration.</summary>
    /// <param name="file">The path of the configuration, for sentences.</param>
    /// <exception cref="UsageException">There is no target with a given name, or none is left.</exception>
    public IReadOnlyList<Target> Among(Configuration configuration, ParseResult parsed, string file)
    {
        var (named, labels, excluded) = (Given(parsed, Targets), Given(parsed, Labels), Given(parsed, Exclude));
        if (named.Length + labels.Length + excluded.Length == 0) return configuration.Targets;
        foreach (var name in named.Concat(excluded)) Require(name, configuration, file);
        var withLabels = configuration.Targets.Where(target => labels.All(target.Labels.Contains)).ToList();
        if (withLabels.Count == 0 && labels.Length > 0) throw new UsageException($"no target of {file} has {Named(labels)}", LabelHint(configuration));
        var chosen = withLabels.Where(target => (named.Length == 0 || named.Contains(target.Name)) && !excluded.Contains(target.Name)).ToList();
        return chosen.Count > 0 ? chosen : throw new UsageException($"no target of {file} is left", "use fewer of --target, --label and --exclude");
    }

    /// <summary>Whether each chosen target is named.</summary>
    public bool IsByName(ParseResult parsed) => Given(parsed, Targets).Length > 0;

    /// <exception cref="UsageException">There is no target with this name.</exception>
    public static Target Require(string name, Configuration configuration, string file) =>
        configuration.Targets.FirstOrDefault(target => target.Name == name) ?? throw new UsageException($"{file} has no target \"{name}\"", NameHint(name, configuration));

    private static T[] Given<T>(ParseResult parsed, Option<T[]> option) => parsed.GetResult(option) is null ? [] : parsed.GetValue(option) ?? [];

    private static string NameHint(string name, Configuration configuration)
    {
        var names = configuration.Targets.Select(target => target.Name).ToList();
        return HostPort.TryParse(name) is not null ? "omit --config.file to probe an address"
            : Spelling.DidYouMean(name, names)
            ?? $"it names {string.Join(", ", names.Take(10))}{(names.Count > 10 ? FormattableString.Invariant($" and {names.Count - 10:N0} more") : "")}";
    }

    private static string LabelHint(Configuration configuration)
    {
        var known = configuration.Targets.SelectMany(target => target.Labels).Distinct().Take(LabelsNamed + 1).ToList();
        return known.Count == 0 ? "its targets have no labels" : $"there are {Named(known.Take(LabelsNamed))}{(known.Count > LabelsNamed ? " and others" : "")}";
    }

    private static string Named(IEnumerable<Label> labels) => string.Join(", ", labels.Select(label => $"{label.Name}={label.Value}"));

    private static Reading<Label> LabelOf(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? new Label(text[..at], text[(at + 1)..]) : Reading<Label>.Wrong("is not a label", "write NAME=VALUE");
}

/// <summary>The command was called for something that does not exist. The message says what, and has a line with a hint.</summary>
internal sealed class UsageException(string problem, string hint) : Exception($"{problem}\n  hint: {hint}");
