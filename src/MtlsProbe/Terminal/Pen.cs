using MtlsProbe.Text;

namespace MtlsProbe.Terminal;

/// <summary>Writes lines with the signs and colors that the output supports.</summary>
/// <param name="output">Its encoding decides between box drawing and ASCII.</param>
/// <param name="color">Whether to use ANSI colors.</param>
/// <param name="columns">Characters per line of the terminal; without a terminal, lines are as long as their content.</param>
internal sealed class Pen(TextWriter output, bool color, int columns = int.MaxValue)
{
    private const int LineWidth = 100;

    private readonly bool _unicode = output.Encoding.WebName.StartsWith("utf-", StringComparison.OrdinalIgnoreCase);

    /// <summary>Maximum characters of a line.</summary>
    public int Columns => columns;

    public string Tick => Good(_unicode ? "✔" : "+");

    public string Cross => Bad(_unicode ? "✘" : "x");

    /// <summary>For what was not reached or does not matter.</summary>
    public string Dot => Faint(_unicode ? "·" : "-");

    /// <summary>Leads from a certificate to its issuer.</summary>
    public string Branch => _unicode ? "└─ " : "`- ";

    /// <summary>The margin beside a certificate whose issuer follows.</summary>
    public string Trunk => _unicode ? "│  " : "|  ";

    public string Good(string text) => Paint("32", text);

    public string Bad(string text) => Paint("31", text);

    public string Warning(string text) => Paint("33", text);

    public string Strong(string text) => Paint("1", text);

    public string Faint(string text) => Paint("2", text);

    /// <summary>Text from a peer, escaped and truncated.</summary>
    public string Safe(string text, int limit = 160) => VisibleText.Of(text, limit, !_unicode);

    /// <summary>The first <paramref name="limit"/> items of a peer's list, and how many more there are.</summary>
    /// <param name="leftOut">The number of items that are not in the list.</param>
    public string SafeList(IReadOnlyCollection<string> items, int limit, int leftOut = 0) =>
        string.Join(", ", items.Take(limit).Select(item => Safe(item, 80)))
        + (items.Count + leftOut is var all && all > limit ? $" {AndMore(all - Math.Min(limit, items.Count))}" : "");

    public static string AndMore(int count) => $"and {Number(count)} more";

    public static string Number(int count) => count.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The visible width of <paramref name="text"/>, without its color codes.</summary>
    public static int Width(string text)
    {
        var width = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\u001b') width++;
            else while (i + 1 < text.Length && text[i] != 'm') i++;
        }

        return width;
    }

    public void Line(string text = "") => output.WriteLine(text.TrimEnd());

    public void Section(string title)
    {
        Line();
        Line(Strong(title));
    }

    /// <summary>Text in lines of readable length. The first line follows <paramref name="lead"/>, the others are below it.</summary>
    /// <param name="width">The width of a line, in characters.</param>
    public void Prose(string lead, string indent, string text, int width = LineWidth)
    {
        var line = lead;
        var room = Math.Min(width, columns) - indent.Length;
        var used = 0;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (used > 0 && used + 1 + Width(word) > room)
            {
                Line(line);
                (line, used) = (indent, 0);
            }

            line += used > 0 ? $" {word}" : word;
            used += Width(word) + (used > 0 ? 1 : 0);
        }

        Line(line);
    }

    private string Paint(string code, string text) => color ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
