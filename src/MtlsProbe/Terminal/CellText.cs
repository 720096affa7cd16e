using System.Text;

namespace MtlsProbe.Terminal;

/// <summary>
/// Breaks the text of a cell into lines of a width, between words if possible, otherwise after a character that separates parts of names. Colors
/// continue on the next line.
/// </summary>
internal static class CellText
{
    private const string Reset = "\u001b[0m";

    /// <summary>At least one line.</summary>
    public static List<string> Lines(string text, int width)
    {
        if (Pen.Width(text) <= width) return [text];
        List<string> lines = [];
        var color = "";
        foreach (var word in Words(text, width))
        {
            var last = lines.Count - 1;
            var glued = last < 0 ? "" : lines[last] + word.Lead + word.Text;
            if (last >= 0 && Pen.Width(glued) <= width) lines[last] = glued;
            else
            {
                if (last >= 0 && color.Length > 0) lines[last] += Reset;
                lines.Add(color + word.Text);
            }

            color = ColorAfter(color, word.Text);
        }

        return lines;
    }

    /// <summary>Pieces that are no wider than a line, each with the space that separates it from the previous one.</summary>
    private static IEnumerable<(string Lead, string Text)> Words(string text, int width)
    {
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var lead = " ";
            foreach (var piece in Pieces(word, width))
            {
                yield return (lead, piece);
                lead = "";
            }
        }
    }

    private static IEnumerable<string> Pieces(string word, int width)
    {
        var (piece, seen, breakAfter) = (new StringBuilder(), 0, 0);
        for (var i = 0; i < word.Length; i++)
        {
            if (word[i] == '\u001b')
            {
                for (; i < word.Length && word[i] != 'm'; i++) piece.Append(word[i]);
                if (i < word.Length) piece.Append('m');
                continue;
            }

            if (seen >= width && !char.IsLowSurrogate(word[i]))
            {
                // Not so early that a line is nearly empty.
                var cut = breakAfter > 0 ? breakAfter : piece.Length;
                var rest = piece.ToString(cut, piece.Length - cut);
                yield return piece.ToString(0, cut);
                piece.Clear().Append(rest);
                (seen, breakAfter) = (Pen.Width(rest), 0);
            }

            piece.Append(word[i]);
            seen++;
            if (word[i] is '.' or '-' or '_' or '/' or ':' or ',' && seen > width / 2) breakAfter = piece.Length;
        }

        yield return piece.ToString();
    }

    /// <summary>The color that is still active at the end of a line; empty: none.</summary>
    private static string ColorAfter(string before, string text)
    {
        var start = text.LastIndexOf('\u001b');
        if (start < 0) return before;
        var end = text.IndexOf('m', start);
        var last = end < 0 ? "" : text[start..(end + 1)];
        return last == Reset ? "" : last;
    }
}
