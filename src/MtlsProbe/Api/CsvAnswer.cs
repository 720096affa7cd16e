using System.Text;

namespace MtlsProbe.Api;

/// <summary>The inventory of certificates as a file for a spreadsheet, written piece by piece.</summary>
internal static class CsvAnswer
{
    /// <summary>Characters that are produced before they are sent.</summary>
    private const int Piece = 64 * 1024;

    public static async Task WriteAsync(HttpContext context, EntityTag tag, Func<IEnumerable<Inventory.Found>> certificates)
    {
        SafeHeaders.Set(context, SafeHeaders.DataPolicy);
        if (tag.IsKnownTo(context)) return;
        context.Response.ContentType = "text/csv; charset=utf-8; header=present";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"mtlsprobe-certificates.csv\"";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var lines = new StringBuilder(CertificateCsv.Header);
        foreach (var line in certificates().SelectMany(CertificateCsv.Lines))
        {
            lines.Append(line);
            if (lines.Length < Piece) continue;
            await context.Response.WriteAsync(lines.ToString(), context.RequestAborted).ConfigureAwait(false);
            lines.Clear();
        }

        await context.Response.WriteAsync(lines.ToString(), context.RequestAborted).ConfigureAwait(false);
    }
}
