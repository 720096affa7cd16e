namespace MtlsProbe.Config;

/// <summary>Values that the blocks of several protocols have.</summary>
internal static class BlockGrammar
{
    private const int MaxLength = 255;

    /// <summary>The name of a user, a database or a client, as it is sent: printable, so that it cannot end the field that contains it.</summary>
    public static Reading<string> Name(string text) => text switch
    {
        "" => Reading<string>.Wrong("is empty"),
        { Length: > MaxLength } => Reading<string>.Wrong($"is longer than {MaxLength} characters"),
        _ when text.Any(char.IsControl) => Reading<string>.Withheld("contains a line break or another control character", "a name is one line"),
        _ => text,
    };
}
