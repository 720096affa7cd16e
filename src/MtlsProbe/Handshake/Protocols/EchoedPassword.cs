using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// Removes a password from text of a server before it is shown: some servers repeat a command that they do not accept. It is found literally, and in
/// the base64 form of any message that contains it. If a server repeats it in another form, it cannot be detected.
/// </summary>
internal static class EchoedPassword
{
    private const string Shown = "(secret)";

    /// <summary>A shorter password occurs in any text, and so does the beginning of a password at the end of a truncated text.</summary>
    private const int LeastPart = 4;

    /// <param name="detail">A sentence of ours that ends with quoted text of the server.</param>
    public static string Without(string detail, PasswordLogin login, Secret password)
    {
        var start = detail.IndexOf('"', StringComparison.Ordinal) + 1;
        if (start == 0) return detail;
        if (password.Bytes.Length < LeastPart) return $"{detail[..start]}{Shown}\"";
        var end = Math.Max(start, detail.EndsWith("…\"", StringComparison.Ordinal) ? detail.Length - 2 : detail.LastIndexOf('"'));
        var forms = Forms(login, password).Distinct().OrderByDescending(form => form.Length).ToList();
        var shown = new StringBuilder(detail, 0, start, detail.Length);
        for (var i = start; i < end;)
        {
            var length = forms.Select(form => Match(detail.AsSpan(i, end - i), form)).FirstOrDefault(length => length > 0);
            if (length > 0) shown.Append(Shown);
            else shown.Append(detail[i]);
            i += Math.Max(1, length);
        }

        return shown.Append(detail.AsSpan(end)).ToString();
    }

    /// <summary>How much of the text matches this form, or its beginning if the text ends within it.</summary>
    private static int Match(ReadOnlySpan<char> words, string form)
    {
        var length = Math.Min(words.Length, form.Length);
        return (length == form.Length || length >= LeastPart) && words[..length].Equals(form.AsSpan(0, length), StringComparison.OrdinalIgnoreCase) ? length : 0;
    }

    private static IEnumerable<string> Forms(PasswordLogin login, Secret password)
    {
        var bytes = password.Bytes.ToArray();
        yield return Visible(Encoding.Latin1.GetString(bytes));
        yield return Visible(Encoding.UTF8.GetString(bytes));
        yield return Sasl.Base64(login, password);
        yield return Convert.ToBase64String(bytes);
        for (var before = 0; before < 3; before++) // the position in its group of three bytes
        {
            var all = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var (first, end) = (((before * 8) + 5) / 6, (before + bytes.Length) * 8 / 6); // digits that do not depend on neighboring bytes
            yield return all[first..end];
        }
    }

    /// <summary>In the form of <see cref="Text.PlainText"/>.</summary>
    private static string Visible(string text) => string.Concat(text.Select(c => c is >= ' ' and < '\x7f' ? c : c > 'ÿ' ? '?' : '.'));
}
