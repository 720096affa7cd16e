using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Terminal;

/// <summary>All there is to say of the reasons as a page in Markdown: docs/reasons.md is what this writes.</summary>
internal static class ReasonMarkdown
{
    /// <summary>The whole page. Lines end in a line feed alone, on every system.</summary>
    public static void WriteAll(TextWriter output)
    {
        Lines(output,
            "# Reasons",
            "",
            "Every reason for which a probe can fail, as it stands in `mtlsprobe_failure_info`, in the result record and in the log: what has been seen when it is given, what can be the matter, the likeliest first, and what to do. `mtlsprobe explain REASON` prints the same; the hint of a result (`probe`, the page, the log) goes before it, since it rests on what is known of that one case.",
            "",
            "This page is written by `mtlsprobe explain --all --output markdown`. Change the texts beside the taxonomy, in `src/MtlsProbe/Model/`.",
            "",
            "| class | reasons |",
            "| --- | --- |");
        foreach (var of in Explanations.Classes)
            Lines(output, $"| [`{of.Class.Label()}`](#{of.Class.Label()}) | {string.Join(" ", Reasons(of.Class).Select(reason => $"[`{reason.Label}`](#{Documentation.Anchor(reason)})"))} |");
        foreach (var of in Explanations.Classes)
        {
            Lines(output,
                "",
                $"## `{of.Class.Label()}`",
                "",
                of.Meaning,
                "",
                $"Runbooks: {string.Join(", ", of.Runbooks.Select(runbook => $"[{runbook}](runbooks/{runbook}.md)"))}.");
            foreach (var reason in Reasons(of.Class))
            {
                Lines(output, "");
                Write(reason, output);
            }
        }
    }

    /// <summary>One reason, as it stands on the page.</summary>
    public static void Write(Reason reason, TextWriter output)
    {
        var explanation = Explanations.Of(reason);
        Lines(output,
            $"### `{reason.Class.Label()}` `{reason.Label}`",
            "",
            Sentences.Of(reason.Sentence),
            "",
            $"**Evidence.** {explanation.Evidence}",
            "",
            "**Causes**, the likeliest first:",
            "");
        foreach (var (index, cause) in explanation.Causes.Index()) Lines(output, FormattableString.Invariant($"{index + 1}. **{cause.What}** {cause.Remedy}"));
        Lines(output, "", $"**What to do first.** {reason.Hint}");
    }

    private static IEnumerable<Reason> Reasons(FailureClass of) => Model.Reasons.All.Where(reason => reason.Class == of);

    private static void Lines(TextWriter output, params ReadOnlySpan<string> lines)
    {
        foreach (var line in lines)
        {
            output.Write(line);
            output.Write('\n');
        }
    }
}
