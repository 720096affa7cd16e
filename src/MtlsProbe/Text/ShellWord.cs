namespace MtlsProbe.Text;

/// <summary>Text as a word of a POSIX shell.</summary>
internal static class ShellWord
{
    /// <summary>As it is where the shell leaves it alone; else in single quotes, within which nothing is special.</summary>
    public static string Of(string text) =>
        text.Length > 0 && text[0] is not ('-' or '~' or '=') && text.All(IsPlain) ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-' or ':' or ',' or '+' or '@' or '%' or '=';
}
