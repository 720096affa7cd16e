namespace MtlsProbe.Text;

/// <summary>Names in sentences. Text from a peer is truncated.</summary>
internal static class Wording
{
    /// <summary>How many names of a list a sentence shows.</summary>
    public const int MostNames = 5;

    private const int MaxName = 200;

    /// <summary>The name, or its beginning if it is too long for a sentence.</summary>
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

    /// <summary>The same for a known number of names: only the shown ones are read.</summary>
    public static string Some(this IEnumerable<string> names, int count)
    {
        var text = string.Join(", ", names.Take(MostNames).Select(Clip));
        return count <= MostNames ? text : FormattableString.Invariant($"{text} and {count - MostNames:N0} more");
    }
}
