namespace MtlsProbe.Text;

/// <summary>How names are written in sentences. What a peer wrote is clipped.</summary>
internal static class Wording
{
    private const int MaxName = 200;
    private const int NamesShown = 5;

    /// <summary>The name, or its beginning when it is too long for a sentence.</summary>
    public static string Clip(this string name) => name.Length <= MaxName ? name : name[..MaxName] + "…";

    /// <summary><c>a, b, c, d, e and 4,995 more</c>.</summary>
    public static string Some(this IEnumerable<string> names)
    {
        List<string> shown = [];
        var more = 0;
        foreach (var name in names)
        {
            if (shown.Count < NamesShown) shown.Add(name.Clip());
            else more++;
        }

        var text = string.Join(", ", shown);
        return more == 0 ? text : FormattableString.Invariant($"{text} and {more:N0} more");
    }
}
