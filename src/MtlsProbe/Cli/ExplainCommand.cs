using System.CommandLine;
using MtlsProbe.Model;
using MtlsProbe.Terminal;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe explain REASON</c>: what a reason means, its possible causes, and what to do.</summary>
internal static class ExplainCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var name = new Argument<string?>("REASON") { HelpName = "REASON", Description = "a reason, as in unknown_ca or protocol/closed, or a class; without it, all are listed", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => Names());
        var all = new Option<bool>("--all") { Description = "Explain every reason." };
        var output = Options.OneOf("--output", "Text, or Markdown: with --all, the page docs/reasons.md.", "text", "text", "markdown");
        var command = new ExampledCommand(
            "explain",
            "Explain a reason: its evidence, its possible causes and what to do. Needs no configuration.",
            "mtlsprobe explain",
            "mtlsprobe explain unknown_ca",
            "mtlsprobe explain application/closed",
            "mtlsprobe explain --all --output markdown");
        command.Arguments.Add(name);
        command.Options.Add(all);
        command.Options.Add(output);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(all) && parsed.GetValue(name) is not null) parsed.AddError("--all explains every reason: do not name one");
        });
        command.SetAction(parsed => Run(parsed.GetValue(name), parsed.GetValue(all), parsed.GetRequiredValue(output) == "markdown", surroundings));
        return command;
    }

    private static int Run(string? name, bool all, bool asMarkdown, Surroundings surroundings)
    {
        var found = name is null ? Reasons.All.ToList() : Find(name);
        if (found.Count == 0)
        {
            surroundings.Error.WriteLine($"mtlsprobe: there is no reason \"{VisibleText.Of(name!, 80, ascii: true)}\"");
            surroundings.Error.WriteLine($"  hint: {Spelling.DidYouMean(name!, Names()) ?? "mtlsprobe explain lists them all"}");
            return ExitCode.Usage;
        }

        if (asMarkdown) Markdown(found, name is null, surroundings.Output);
        else Text(found, isList: name is null ? !all : IsClass(name), surroundings.Pen);
        return ExitCode.Good;
    }

    /// <summary>Every reason with this label, the one with this class and label, or those of this class.</summary>
    private static List<Reason> Find(string name)
    {
        var named = Reasons.All.Where(reason => reason.Label == name || $"{reason.Class.Label()}/{reason.Label}" == name).ToList();
        return named.Count > 0 ? named : [.. Reasons.All.Where(reason => reason.Class.Label() == name)];
    }

    private static bool IsClass(string name) => Reasons.All.All(reason => reason.Label != name) && Reasons.All.Any(reason => reason.Class.Label() == name);

    private static IEnumerable<string> Names() => Reasons.All.Select(reason => reason.Name).Concat(Reasons.All.Select(reason => $"{reason.Class.Label()}/{reason.Label}")).Distinct();

    private static void Text(List<Reason> found, bool isList, Pen pen)
    {
        if (isList)
        {
            ReasonText.List(found, pen);
            pen.Line();
            pen.Line("mtlsprobe explain REASON shows possible causes and what to do.");
            return;
        }

        foreach (var (index, reason) in found.Index())
        {
            if (index > 0) pen.Line();
            ReasonText.Write(reason, pen);
        }
    }

    private static void Markdown(List<Reason> found, bool isWhole, TextWriter output)
    {
        if (isWhole)
        {
            ReasonMarkdown.WriteAll(output);
            return;
        }

        foreach (var (index, reason) in found.Index())
        {
            if (index > 0) output.Write('\n');
            ReasonMarkdown.Write(reason, output);
        }
    }
}
