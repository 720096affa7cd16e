namespace MtlsProbe.Text;

/// <summary>Sentences that stand alone, from those of the taxonomy, which stand inside others.</summary>
internal static class Sentences
{
    /// <summary>With a capital letter and a full stop.</summary>
    public static string Of(string sentence) => $"{char.ToUpperInvariant(sentence[0])}{sentence[1..]}.";
}
