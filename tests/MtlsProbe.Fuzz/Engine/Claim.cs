using System.Globalization;

namespace MtlsProbe.Fuzz;

/// <summary>A claim that must hold.</summary>
internal static class Claim
{
    /// <exception cref="BreachException">It does not hold.</exception>
    public static void Holds(bool holds, string otherwise)
    {
        if (!holds) throw new BreachException(otherwise);
    }

    /// <summary>The text is safe on a terminal and on a page: it moves nothing, hides nothing and is bounded.</summary>
    public static void Visible(string? text, string what, int most = 100_000)
    {
        if (text is null) return;
        Holds(text.Length <= most, $"{what} is longer than {most.ToString(CultureInfo.InvariantCulture)} characters");
        foreach (var c in text)
        {
            if (char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                throw new BreachException($"{what} contains the character U+{((int)c).ToString("x4", CultureInfo.InvariantCulture)}");
        }
    }
}
