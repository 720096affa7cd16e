namespace MtlsProbe.Text;

/// <summary>Text as a word of a POSIX shell.</summary>
internal static class ShellWord
{
    /// <summary>Unchanged if the shell does not interpret it; otherwise in single quotes.</summary>
    public static string Of(string text) =>
        text.Length > 0 && text[0] is not ('-' or '~' or '=') && text.All(IsPlain) ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-' or ':' or ',' or '+' or '@' or '%' or '=';
}
