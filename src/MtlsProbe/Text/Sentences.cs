namespace MtlsProbe.Text;

/// <summary>Complete sentences, from the parts of sentences in the taxonomy.</summary>
internal static class Sentences
{
    /// <summary>With a capital letter and a full stop.</summary>
    public static string Of(string sentence) => $"{char.ToUpperInvariant(sentence[0])}{sentence[1..]}.";
}
