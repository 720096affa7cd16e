namespace MtlsProbe.Api;

/// <summary>Selects a part of a list.</summary>
/// <param name="Page">From 1.</param>
/// <param name="Limit">The number of items on a page.</param>
internal readonly record struct Paging(int Page, int Limit)
{
    /// <summary>The part of a list; empty beyond its end.</summary>
    public IEnumerable<T> Of<T>(IReadOnlyList<T> list)
    {
        var first = (Page - 1L) * Limit;
        for (var i = first; i < Math.Min(first + Limit, list.Count); i++) yield return list[(int)i];
    }
}
