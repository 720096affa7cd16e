namespace MtlsProbe.Terminal;

/// <summary>
/// Columns as wide as their widest cell, which can be colored. If that is wider than the terminal, the optional columns are removed first, beginning
/// with the last. Then the text of the widest columns is wrapped: none of it is lost.
/// </summary>
internal sealed class Table(params string[] headings)
{
    private const int Gap = 2;

    /// <summary>No column is made narrower than this: if the terminal has no room for all columns, it cuts the rows itself.</summary>
    private const int Narrowest = 8;

    private readonly List<string[]> _rows = [];

    /// <summary>Headings of columns that are left out if there is no room for all.</summary>
    public IReadOnlyCollection<string> Optional { get; init; } = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes nothing if there are no rows.</summary>
    public void Write(Pen pen)
    {
        if (_rows.Count == 0) return;
        List<int> columns = [.. Enumerable.Range(0, headings.Length)];
        var natural = headings.Select((heading, column) => Math.Max(heading.Length, _rows.Max(row => Pen.Width(row[column])))).ToArray();
        while (Total(columns, natural) > pen.Columns && columns.FindLastIndex(column => Optional.Contains(headings[column])) is >= 0 and var last) columns.RemoveAt(last);
        var level = Level(columns, natural, pen.Columns);

        List<List<List<string>>> rows = [.. _rows.Prepend(headings).Select(row => columns.ConvertAll(column => CellText.Lines(row[column], Math.Min(natural[column], level))))];
        int[] widths = [.. columns.Select((_, at) => rows.Max(row => row[at].Max(Pen.Width)))];
        pen.Line();
        foreach (var line in Lines(rows[0], widths)) pen.Line(pen.Faint(line));
        foreach (var line in rows.Skip(1).SelectMany(row => Lines(row, widths))) pen.Line(line);
    }

    private static IEnumerable<string> Lines(List<List<string>> cells, int[] widths)
    {
        for (var i = 0; i < cells.Max(lines => lines.Count); i++)
            yield return string.Join(new string(' ', Gap), cells.Select((lines, at) => at == cells.Count - 1 ? Part(lines, i) : Padded(Part(lines, i), widths[at])));
    }

    private static int Total(List<int> columns, int[] widths) => columns.Sum(column => widths[column]) + (Gap * (columns.Count - 1));

    /// <summary>The width at which the widest columns are wrapped so that all fit.</summary>
    private static int Level(List<int> columns, int[] widths, int room)
    {
        if (Total(columns, widths) <= room) return int.MaxValue;
        var left = room - (Gap * (columns.Count - 1));
        int[] ascending = [.. columns.Select(column => widths[column]).Order()];
        for (var i = 0; i < ascending.Length; i++)
        {
            var share = left / (ascending.Length - i);
            if (ascending[i] > share) return Math.Max(share, Narrowest);
            left -= ascending[i];
        }

        return int.MaxValue;
    }

    private static string Part(List<string> lines, int index) => index < lines.Count ? lines[index] : "";

    private static string Padded(string text, int width) => text + new string(' ', Math.Max(0, width - Pen.Width(text)));
}
