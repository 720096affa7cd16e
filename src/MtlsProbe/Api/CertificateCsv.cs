using System.Globalization;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Api;

/// <summary>
/// The inventory as CSV (RFC 4180), one line for each certificate and place. An issuer controls the content of cells, and a spreadsheet executes
/// anything that looks like a formula: such text gets a leading apostrophe, which makes it text.
/// </summary>
internal static class CertificateCsv
{
    public const string Header = "not_after,not_before,subject,issuer,serial,sha256,key,names,role,target,address,identity,slot,trust,inventory,path,use\r\n";

    /// <summary>Characters that begin a formula; the last four are the full-width forms, which some spreadsheets treat in the same way.</summary>
    private const string FormulaStarts = "=+-@＝＋－＠";

    /// <summary>Characters that end a cell in some spreadsheet, or with some country's settings.</summary>
    private const string Separators = ",;|\t\"";

    /// <summary>The lines of one certificate, produced one by one: an issuer can be at many thousand places.</summary>
    public static IEnumerable<string> Lines(Inventory.Found found)
    {
        var seen = new SeenCertificate(found.Certificate, null);
        var lines = new StringBuilder();
        Cell(lines, Times.Iso(seen.NotAfter)).Append(',');
        Cell(lines, Times.Iso(seen.NotBefore)).Append(',');
        Cell(lines, seen.Subject).Append(',');
        Cell(lines, seen.Issuer).Append(',');
        Cell(lines, Serial(seen.Serial)).Append(',');
        Cell(lines, seen.Sha256).Append(',');
        Cell(lines, seen.Key).Append(',');
        Cell(lines, string.Join(' ', seen.Names) + (seen.NamesTotal > seen.Names.Count ? $" … ({seen.NamesTotal})" : "")).Append(',');
        var common = lines.Length;
        foreach (var place in found.Places)
        {
            lines.Length = common;
            Cell(lines, place.Role.Label()).Append(',');
            Cell(lines, place.Target).Append(',');
            Cell(lines, place.Address).Append(',');
            Cell(lines, place.Identity).Append(',');
            Cell(lines, place.Slot?.Label()).Append(',');
            Cell(lines, place.Trust).Append(',');
            Cell(lines, place.Inventory).Append(',');
            Cell(lines, place.Path).Append(',');
            Cell(lines, place.Use?.Label()).Append("\r\n");
            yield return lines.ToString();
        }
    }

    /// <summary>
    /// With 0x before the digits: a spreadsheet reads <c>0123</c> and <c>12e4</c> as numbers, and would save a different serial. (With colons, it
    /// reads some as times.)
    /// </summary>
    private static string Serial(string serial) => serial.StartsWith('-') ? $"-0x{serial[1..]}" : $"0x{serial}";

    private static StringBuilder Cell(StringBuilder lines, string? text)
    {
        if (text is null) return lines;
        lines.Append('"');
        var mayBegin = true;
        foreach (var c in text)
        {
            if (mayBegin && FormulaStarts.Contains(c, StringComparison.Ordinal)) lines.Append('\'');
            if (c == '"') lines.Append('"');
            lines.Append(c);
            mayBegin = Separators.Contains(c, StringComparison.Ordinal) || (mayBegin && char.IsWhiteSpace(c));
        }

        return lines.Append('"');
    }

}
