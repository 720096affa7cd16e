using MtlsProbe.Values;

namespace MtlsProbe.Text;

/// <summary>What peers wrote, made visible and cut, so that no answer grows with what a stranger puts into a certificate.</summary>
internal static class Shown
{
    /// <summary>How many of a list are shown.</summary>
    public const int Most = 20;

    /// <summary>Longer names are cut: 253 characters are the longest that DNS has.</summary>
    private const int NameLength = 300;

    private const int TextLength = 1000;

    public static string Name(string name) => VisibleText.Of(name, NameLength, ascii: false);

    public static string Text(string text) => VisibleText.Of(text, TextLength, ascii: false);

    public static ValueList<string> Names(ValueList<string> names) => names.Take(Most).Select(Name).ToValueList();
}
