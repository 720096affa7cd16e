using MtlsProbe.Values;

namespace MtlsProbe.Text;

/// <summary>Text from peers, escaped and truncated, so that a peer's certificate cannot make answers large.</summary>
internal static class Shown
{
    /// <summary>The maximum number of shown list entries.</summary>
    public const int Most = 20;

    /// <summary>Longer names are truncated: DNS names have at most 253 characters.</summary>
    private const int NameLength = 300;

    private const int TextLength = 1000;

    public static string Name(string name) => VisibleText.Of(name, NameLength, ascii: false);

    public static string Text(string text) => VisibleText.Of(text, TextLength, ascii: false);

    public static ValueList<string> Names(ValueList<string> names) => names.Take(Most).Select(Name).ToValueList();
}
