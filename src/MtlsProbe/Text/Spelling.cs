namespace MtlsProbe.Text;

/// <summary>Suggests the word that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>Limits the work if thousands of wrong names are compared with thousands of names.</summary>
    private const int MaxWords = 500;

    /// <summary><c>did you mean X?</c> with the nearest of the words, or null if none is near.</summary>
    public static string? DidYouMean(string typed, IEnumerable<string> words)
    {
        if (typed.Length > 64) return null;
        var allowance = Math.Max(1, typed.Length / 3);
        var nearest = words
            .Where(word => Math.Abs(word.Length - typed.Length) <= allowance)
            .Take(MaxWords)
            .Select(word => (word, distance: Distance(typed, word)))
            .Where(candidate => candidate.distance <= allowance)
            .OrderBy(candidate => candidate.distance)
            .Select(candidate => candidate.word)
            .FirstOrDefault();
        return nearest is null ? null : $"did you mean {nearest}?";
    }

    /// <summary>Letters to add, drop, change or swap (optimal string alignment); case and kind of dash are ignored.</summary>
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var same = Fold(a[i - 1]) == Fold(b[j - 1]);
                var best = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (same ? 0 : 1));
                var swapped = i > 1 && j > 1 && Fold(a[i - 1]) == Fold(b[j - 2]) && Fold(a[i - 2]) == Fold(b[j - 1]);
                table[i, j] = swapped ? Math.Min(best, table[i - 2, j - 2] + 1) : best;
            }
        }

        return table[a.Length, b.Length];
    }

    private static char Fold(char c) => c == '-' ? '_' : char.ToLowerInvariant(c);
}
