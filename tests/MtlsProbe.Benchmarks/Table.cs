using System.Globalization;

namespace MtlsProbe.Benchmarks;

/// <summary>A table in Markdown, the form of docs/benchmarks.md.</summary>
internal sealed class Table(params string[] heads)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Print(string title)
    {
        Console.WriteLine($"\n## {title}\n");
        var widths = heads.Select((head, column) => _rows.Append(heads).Max(row => row[column].Length)).ToArray();
        Console.WriteLine(Line(heads, widths));
        Console.WriteLine("| " + string.Join(" | ", widths.Select((width, column) => new string('-', width - (column > 0 ? 1 : 0)) + (column > 0 ? ":" : ""))) + " |");
        foreach (var row in _rows) Console.WriteLine(Line(row, widths));
    }

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Line(string[] cells, int[] widths) =>
        "| " + string.Join(" | ", cells.Select((cell, column) => column > 0 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))) + " |";
}
