namespace MtlsProbe.Terminal;

/// <summary>Columns as wide as their widest cell, which may be coloured. The last column is not padded.</summary>
internal sealed class Table(params string[] headings)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Nothing when there are no rows.</summary>
    public void Write(Pen pen)
    {
        if (_rows.Count == 0) return;
        var widths = headings.Select((heading, column) => Math.Max(heading.Length, _rows.Max(row => Pen.Width(row[column])))).ToArray();
        pen.Line();
        pen.Line(pen.Faint(Row(headings, widths)));
        foreach (var row in _rows) pen.Line(Row(row, widths));
    }

    private static string Row(string[] cells, int[] widths) =>
        string.Join("  ", [.. cells[..^1].Zip(widths, (cell, width) => cell + new string(' ', width - Pen.Width(cell))), cells[^1]]);
}
