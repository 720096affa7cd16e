using MtlsProbe.Model;
using MtlsProbe.Rotation;

namespace MtlsProbe.Terminal;

/// <summary>
/// Who may call whom, for people: a table of targets and identities, split if the terminal is too narrow for all identities; and below it, each
/// difference with its evidence.
/// </summary>
/// <param name="width">The width of the terminal, in characters.</param>
internal sealed class MatrixText(Pen pen, int width)
{
    private const string Gap = "  ";

    /// <summary>Longer names are truncated; the list of differences has them in full.</summary>
    private const int LongestTarget = 28;

    private const int LongestIdentity = 24;

    private const int MostDifferences = 200;

    private const int MostReason = 300;

    /// <summary>Lines of text have a readable length, however wide the terminal is, and enough room for words.</summary>
    private const int Longest = 100;

    private const int Least = 40;

    public void Write(AccessReport report)
    {
        var names = report.Targets.Select(target => pen.Safe(target.Target, LongestTarget)).ToList();
        var first = names.Select(name => name.Length).Append("TARGET".Length).Max();
        var rows = report.Targets.Select(target => target.Pairs.ToDictionary(pair => pair.Identity, StringComparer.Ordinal)).ToList();
        var widths = Widths(rows);
        var columns = report.Identities.Select(identity => identity.Name).Where(widths.ContainsKey).ToList();
        for (var next = 0; next < columns.Count;)
        {
            var block = Block(widths, columns, next, first);
            Table(rows, names, first, block);
            next += block.Count;
        }

        Differences(report);
        Undeclared(report);
        pen.Line();
        Prose("", "", $"{(report.Holds ? pen.Tick : pen.Cross)} {report.Summary}");
    }

    /// <summary>The width of each identity's column; none if the identity was not requested.</summary>
    private Dictionary<string, int> Widths(List<Dictionary<string, AccessPair>> rows)
    {
        var widths = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (identity, pair) in rows.SelectMany(row => row))
        {
            if (!widths.TryGetValue(identity, out var width)) width = pen.Safe(identity, LongestIdentity).Length;
            widths[identity] = Math.Max(width, Words(pair).Length);
        }

        return widths;
    }

    /// <summary>The identities from this one on that fit; at least one.</summary>
    private List<(string Identity, int Width)> Block(Dictionary<string, int> widths, List<string> columns, int from, int first)
    {
        List<(string, int)> block = [];
        var used = first;
        foreach (var identity in columns.Skip(from))
        {
            var own = widths[identity];
            if (block.Count > 0 && used + Gap.Length + own > width) break;
            block.Add((identity, own));
            used += Gap.Length + own;
        }

        return block;
    }

    private void Table(List<Dictionary<string, AccessPair>> rows, List<string> names, int first, List<(string Identity, int Width)> block)
    {
        pen.Line();
        pen.Line(pen.Faint("TARGET".PadRight(first) + string.Concat(block.Select(column => Gap + pen.Safe(column.Identity, LongestIdentity).PadRight(column.Width)))));
        for (var i = 0; i < rows.Count; i++)
        {
            var line = names[i].PadRight(first);
            foreach (var (identity, room) in block)
            {
                var pair = rows[i].GetValueOrDefault(identity);
                var words = pair is null ? "-" : Words(pair);
                line += Gap + Painted(pair, words) + new string(' ', room - words.Length);
            }

            pen.Line(line);
        }
    }

    private static string Words(AccessPair pair) => pair.State switch
    {
        AccessState.UnexpectedAccess => "LET IN",
        AccessState.UnexpectedRefusal => "REFUSED",
        AccessState.Undeclared => "(let in)",
        AccessState.Closed => "(refused)",
        AccessState.Unknown => pair.Expected is null ? "(unknown)" : "unknown",
        AccessState.Pending => "not yet",
        _ => pair.Found == Access.Accepted ? "accepted" : "refused",
    };

    private string Painted(AccessPair? pair, string words) => pair?.State switch
    {
        AccessState.UnexpectedAccess or AccessState.UnexpectedRefusal => pen.Bad(words),
        AccessState.Unknown or AccessState.Undeclared => pen.Warning(words),
        AccessState.AsExpected => pen.Good(words),
        _ => pen.Faint(words),
    };

    private void Differences(AccessReport report)
    {
        var different = report.Targets
            .SelectMany(target => target.Pairs, (target, pair) => (target.Target, Pair: pair))
            .Where(one => one.Pair.Expected is not null && one.Pair.State != AccessState.AsExpected)
            .OrderBy(one => one.Pair.State)
            .ToList();
        if (different.Count == 0) return;
        pen.Section("Differences");
        foreach (var (target, pair) in different.Take(MostDifferences))
        {
            foreach (var sight in pair.Addresses.Where(sight => sight.Found == pair.Found).Take(3))
                Prose($"  {pen.Cross} ", "    ", $"{pen.Safe(target)} ({pen.Safe(sight.Address)}), {Named(pair.Identity)}: {Sentence(pair)}{(sight.Headline is { } why ? $": {pen.Safe(why, MostReason)}" : "")}");
        }

        if (different.Count > MostDifferences) pen.Line($"  {Pen.AndMore(different.Count - MostDifferences)}");
    }

    private void Undeclared(AccessReport report)
    {
        var open = report.Targets.SelectMany(target => target.Pairs.Where(pair => pair.State == AccessState.Undeclared), (target, pair) => (target.Target, pair.Identity)).ToList();
        if (open.Count == 0) return;
        pen.Section("Let in, but not in the configuration");
        foreach (var group in open.GroupBy(one => one.Target).Take(MostDifferences))
            Prose("  ", "    ", $"{pen.Safe(group.Key)}: {pen.SafeList([.. group.Select(one => Named(one.Identity))], 40)}");
        Prose("  ", "  ", "Add the identities that may call the target to accepts; must_reject: others checks the rest.");
    }

    private void Prose(string lead, string indent, string text) => pen.Prose(lead, indent, text, Math.Clamp(width, Least, Longest));

    private static string Sentence(AccessPair pair) => (pair.State, pair.Expected) switch
    {
        (AccessState.UnexpectedAccess, _) => "let in, but must be refused",
        (AccessState.UnexpectedRefusal, _) => "refused, but must be accepted",
        (_, Expectation.Reject) => "it is not known whether it is refused",
        _ => "it is not known whether it is accepted",
    };

    private static string Named(string identity) => identity == Identity.None ? "no certificate" : identity;
}
