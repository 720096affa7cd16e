using MtlsProbe.Terminal;

namespace MtlsProbe.Tests.Terminal;

/// <summary>Tables on terminals of any width: nothing is lost or misplaced.</summary>
public class TableTests
{
    [Fact]
    public void If_there_is_room_each_row_is_a_line() => Assert.Equal(
        """

        NAME      WHAT IT SAYS
        payments  accepts us, and says so
        orders    refuses

        """,
        Written(40, Names()));

    [Fact]
    public void The_widest_column_takes_several_lines_if_there_is_none() => Assert.Equal(
        """

        NAME      WHAT IT
                  SAYS
        payments  accepts us,
                  and says so
        orders    refuses

        """,
        Written(21, Names()));

    [Fact]
    public void The_optional_column_is_dropped_first()
    {
        Table Three()
        {
            var table = new Table("NAME", "ADDRESS", "WORD") { Optional = ["ADDRESS"] };
            table.Add("payments", "10.0.0.7:8443", "accepted");
            return table;
        }

        Assert.Equal("\nNAME      ADDRESS        WORD\npayments  10.0.0.7:8443  accepted\n", Written(33, Three()));
        Assert.Equal("\nNAME      WORD\npayments  accepted\n", Written(32, Three()));
    }

    [Fact]
    public void A_name_without_spaces_breaks_after_punctuation_and_one_without_punctuation_anywhere()
    {
        var table = new Table("N", "SUBJECT");
        table.Add("1", "payments.shop.internal");
        table.Add("2", "5c0ffee55c0ffee55c0ffee5");

        Assert.Equal("\nN  SUBJECT\n1  payments.shop.\n   internal\n2  5c0ffee55c0ffee\n   55c0ffee5\n", Written(18, table));
    }

    [Fact]
    public void A_colour_continues_in_the_next_line_and_does_not_affect_the_rest()
    {
        var table = new Table("VERDICT", "REASON");
        table.Add("\u001b[31mNO CERTIFICATE ASKED FOR\u001b[0m", "not_requested");

        Assert.Equal(
            "\nVERDICT         REASON\n\u001b[31mNO CERTIFICATE\u001b[0m  not_requested\n\u001b[31mASKED FOR\u001b[0m\n",
            Written(30, table));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(40)]
    [InlineData(200)]
    public void At_any_width_every_letter_of_a_cell_is_present(int width)
    {
        const string Cell = "a-very.long/name:with,all_signs andsomewordsthatdonotend and \u001b[1mstrong ones\u001b[0m";

        var lines = CellText.Lines(Cell, width);

        Assert.All(lines, line => Assert.InRange(Pen.Width(line), 1, width));
        Assert.Equal(Letters(Cell), Letters(string.Concat(lines)));
        static string Letters(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\u001b\\[[0-9]*m| ", "");
    }

    private static Table Names()
    {
        var table = new Table("NAME", "WHAT IT SAYS");
        table.Add("payments", "accepts us, and says so");
        table.Add("orders", "refuses");
        return table;
    }

    private static string Written(int columns, Table table)
    {
        using var output = new StringWriter { NewLine = "\n" };
        table.Write(new Pen(output, color: false, columns));
        return output.ToString();
    }
}
