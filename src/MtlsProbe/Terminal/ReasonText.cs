using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Terminal;

/// <summary>Everything about a reason, for a terminal.</summary>
internal static class ReasonText
{
    public static void Write(Reason reason, Pen pen)
    {
        var explanation = Explanations.Of(reason);
        pen.Line(pen.Strong($"{reason.Class.Label()} / {reason.Label}"));
        pen.Prose("  ", "  ", Sentences.Of(reason.Sentence));

        pen.Section("Evidence");
        pen.Prose("  ", "  ", explanation.Evidence);

        pen.Section("Possible causes, the most likely first");
        foreach (var (index, cause) in explanation.Causes.Index())
        {
            pen.Prose(FormattableString.Invariant($"  {index + 1}. "), "     ", pen.Strong(cause.What));
            pen.Prose("     ", "     ", cause.Remedy);
        }

        pen.Section("What to do first");
        pen.Prose("  ", "  ", reason.Hint);

        pen.Section("See also");
        pen.Line($"  {Documentation.Of(reason)}");
        foreach (var runbook in Class(reason).Runbooks) pen.Line($"  {Documentation.Runbook(runbook)}");
    }

    /// <summary>Every reason on one line.</summary>
    public static void List(IEnumerable<Reason> reasons, Pen pen)
    {
        var table = new Table("CLASS", "REASON", "WHAT HAPPENED");
        foreach (var reason in reasons) table.Add(reason.Class.Label(), reason.Label, reason.Sentence);
        table.Write(pen);
    }

    private static ClassExplanation Class(Reason reason) => Explanations.Classes.First(one => one.Class == reason.Class);
}
