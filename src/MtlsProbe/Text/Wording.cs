namespace MtlsProbe.Text;

/// <summary>How names are written in sentences. What a peer wrote is clipped.</summary>
internal static class Wording
{
    /// <summary>How many names of a list a sentence shows.</summary>
    public const int MostNames = 5;

    private const int MaxName = 200;

    /// <summary>The name, or its beginning when it is too long for a sentence.</summary>
    public static string Clip(this string name) => name.Length <= MaxName ? name : name[..MaxName] + "…";

    /// <summary><c>a, b, c, d, e and 4,995 more</c>.</summary>
    public static string Some(this IEnumerable<string> names)
    {
        List<string> shown = [];
        var count = 0;
        foreach (var name in names)
        {
            if (count++ < MostNames) shown.Add(name.Clip());
        }

        return Some(shown, count);
    }

    /// <summary>The same of names that are known how many they are: no more are read than are shown.</summary>
    public static string Some(this IEnumerable<string> names, int count)
    {
        var text = string.Join(", ", names.Take(MostNames).Select(Clip));
        return count <= MostNames ? text : FormattableString.Invariant($"{text} and {count - MostNames:N0} more");
    }
}
